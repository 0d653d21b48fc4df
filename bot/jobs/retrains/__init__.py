"""The job of a retrain: its steps, and the process it trains in."""
