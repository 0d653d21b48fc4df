"""What segbot asks of Slack and answers to it: the client, files, access, clicks."""
