"""Customer segmentation: train, explain, score and keep models. Knows nothing of Slack.

Import from the modules; this package imports nothing by itself, so that answering one customer never pays for training.
"""
