"""Lets assistants ask about customers and segments over the Model Context Protocol: read-only, off by default."""
