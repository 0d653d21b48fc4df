"""What people type after a slash command, read strictly."""
