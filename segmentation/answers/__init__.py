"""What a model says of one customer: the segment's reasons, its confidence, hints, and what would change it."""
