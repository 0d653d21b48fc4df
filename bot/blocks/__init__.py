"""Pure functions from domain results to Block Kit. Nothing here talks to anybody."""
