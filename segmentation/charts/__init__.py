"""Pictures of a model and of its answers, as PNG bytes.

Drawn for Slack, which shows a picture about 400 pixels wide: 960 pixels across, so that it stays sharp, with text that
is legible at that width. Only matplotlib's object interface is used, never pyplot: without global state several threads
can draw at once, and the same input gives the same bytes.
"""
