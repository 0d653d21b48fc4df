"""Block Kit as Slack takes it: its rules and limits, and what a message looks like as text."""
