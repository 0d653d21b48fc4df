"""How many groups customers are in, and whether they are in any."""
