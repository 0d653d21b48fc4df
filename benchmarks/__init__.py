"""What the performance table is made of: segbot beside its competitors, measured in turns in one run.

`python -m benchmarks` runs the parts that take seconds, `python -m benchmarks scoring` and the like those named.
"""
