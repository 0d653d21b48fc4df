"""What clusters are called: by the schema's rules, as in the version before, or by what sets them apart."""
