"""Slack's Web API as far as an app like this one calls it, uploads and response URLs included."""
