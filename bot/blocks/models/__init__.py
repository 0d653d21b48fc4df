"""Trainings and what people decide about them, as Block Kit."""
