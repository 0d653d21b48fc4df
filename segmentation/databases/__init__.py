"""The databases that keep what segbot stores."""
