"""In which encoding a text is that is not UTF-8: what names look like, weighed together with a detector's models."""
