"""From a file somebody sent to typed rows, with every problem named by its line and column."""
