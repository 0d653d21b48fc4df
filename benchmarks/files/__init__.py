"""Files in bulk: whole processes that score drawn files, beside their competitors."""
