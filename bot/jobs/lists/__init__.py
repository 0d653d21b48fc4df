"""The job that cuts a list out of a scored file and sends it to the person who asked: its steps, and its workflow."""
