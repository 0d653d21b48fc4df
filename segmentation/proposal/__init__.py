"""What the columns of any customer file are, and which schema would make segments of them."""
