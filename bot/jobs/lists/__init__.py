"""The job that cuts a list out of a scored file and sends it to whoever asked: its steps, and its workflow."""
