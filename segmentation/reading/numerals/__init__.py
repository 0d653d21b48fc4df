"""What the numbers of a column mean: their marks, their signs and the unit they are in, or the question about it."""
