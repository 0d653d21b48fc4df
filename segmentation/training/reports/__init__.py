"""What a training keeps of what it saw, chose and measured, and what a person should read of it."""
