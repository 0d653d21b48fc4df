"""Delivers to the app what Slack would: signed requests or Socket Mode messages, with retries."""
