"""Who moved: segbot remembers which segment each customer was in, by keyed hashes of ids, and compares files."""
