"""What a model keeps of its customers: shares, counts and places on the map, never rows."""
