"""The workspace's state: people, channels, messages, files, views, and how it is kept in a file."""
