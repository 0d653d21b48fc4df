"""Slack on a bad day: which faults are wanted, and how they meet requests and connections."""
