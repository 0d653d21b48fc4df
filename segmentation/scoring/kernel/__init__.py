"""A compiled kernel for bulk scoring: plain rows in one pass of C, all others by the exact path, the same bytes."""
