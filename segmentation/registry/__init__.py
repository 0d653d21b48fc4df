"""Model versions: stored, signed, verified before use, promoted and rolled back, with a log of it all."""
