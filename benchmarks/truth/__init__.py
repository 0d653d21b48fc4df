"""Whether a model may be believed: a module a question, each with a function `measure`.

Everything is generated from seeds that nothing was tuned on, except for the reference data, which are read from beside
the project if they are there.
"""
