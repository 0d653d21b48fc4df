"""Files and pictures, to Slack and from it."""
