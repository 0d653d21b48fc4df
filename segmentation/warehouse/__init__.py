"""Scores and counts tables where they are: DuckDB, Parquet, PostgreSQL, Spark."""
