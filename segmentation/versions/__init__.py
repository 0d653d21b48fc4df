"""What makes versions and compares them."""
