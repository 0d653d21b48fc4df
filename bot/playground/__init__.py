"""A Slack-compatible workspace on loopback: try the app, or test it, without a Slack account."""
