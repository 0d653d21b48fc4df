"""The model and its values as Ibis expressions, which every engine and SQL dialect understands."""
