"""Block Kit: Slack's rules and limits for blocks, and blocks as plain text."""
