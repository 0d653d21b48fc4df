"""Rows that stand for no customer: totals, and the lines that a report prints below its rows."""
