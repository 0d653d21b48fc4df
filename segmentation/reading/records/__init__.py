"""Records of a CSV read one by one, by the standard `csv` module, with what does not follow its rules."""
