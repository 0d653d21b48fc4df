"""The same model and the same answers where the data lives: DuckDB, PostgreSQL, Spark."""
