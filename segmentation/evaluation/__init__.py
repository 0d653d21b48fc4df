"""Whether a candidate is fit for service, and what it would change."""
