"""The sheet that charts are drawn on: layout in pixels, text that is measured first, labels, colours, PNG bytes.

Nothing here knows about models.
"""
