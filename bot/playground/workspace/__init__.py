"""What a workspace holds: people, channels, messages, files, views, and what is stored of it."""
