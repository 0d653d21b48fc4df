"""The job of a file: its steps, and what they need."""
