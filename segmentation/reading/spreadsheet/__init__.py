"""Workbooks (xlsx, xlsm, ods, xls): safely opened, one sheet chosen, its cells with their kinds and number formats."""
