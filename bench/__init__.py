"""Measuring the SDK: how fast, at what cost, and whether the picture is still the same.

measure   one `pts bench`, as a `result.Result`        result       its schema and its file
ways      backends and peers, side by side             cases/       what is timed, one noun a file
timing    samples, percentiles, intervals, ratios      process      one process for each thing that is timed
rounds    turns, so that noise hits all alike          load         the server scenario: arrivals, the highest rate
machine   what it ran on, and how quiet that was       accuracy     the same picture, or a failure
floor     what FLOPs and bytes allow                   summary      rows of what was measured
compare   what changed beyond noise                    report/      tables, plots, pages
experiments/ not in the wheel
"""
