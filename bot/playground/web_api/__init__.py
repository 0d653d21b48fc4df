"""Slack's Web API as far as the app calls it, including uploads and response URLs."""
