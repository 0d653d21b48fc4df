"""A model over many rows: in memory, and from file to file."""
