"""What jobs are about, as plain values that are stored."""
