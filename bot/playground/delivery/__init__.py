"""What Slack sends to an app: signed requests or Socket Mode messages, retries, and their answers."""
