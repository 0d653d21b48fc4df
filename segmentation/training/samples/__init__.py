"""Generated customers to try segbot with."""
