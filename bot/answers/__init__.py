"""Answers to people, however they asked."""
