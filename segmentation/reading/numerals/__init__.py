"""What the numbers of a column mean: marks, signs and unit, or the question about it; and which rows add up others."""
