"""Ids: the column that holds them, those that repeat, and orders told from customers."""
