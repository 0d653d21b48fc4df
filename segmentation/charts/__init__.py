"""Pictures of a model and of what it found, as PNG bytes."""
