"""The commands that run the bot, the playground, and a check of both."""
