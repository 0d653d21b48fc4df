"""Cuts lists of customers out of scored files: by segment and confidence, as CSV, workbook or hashed addresses."""
