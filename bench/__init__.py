"""Measuring the SDK: how fast, at what cost, and whether the picture is still the same.

timing    samples, percentiles, intervals, ratios      process   one process for each thing that is timed
rounds    turns, so that noise hits all alike          machine   what it ran on, and how quiet that was
cases/    what is timed, one noun a file               suites/   pytest-benchmark suites (`make bench`)
record    the JSON of one run                          report    docs/performance.md from those
"""
