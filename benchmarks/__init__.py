"""The source of the performance table: segbot beside its competitors, measured in turns within one run.

`python -m benchmarks` runs the parts that take seconds; `python -m benchmarks scoring` runs the part it names.
"""
