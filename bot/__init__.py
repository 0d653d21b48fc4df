"""segbot's Slack side: commands, events, actions, the server and the command line."""
