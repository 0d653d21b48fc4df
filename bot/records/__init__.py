"""The values that jobs store between their steps."""
