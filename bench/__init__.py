"""Measuring the SDK: how fast, at what cost, and whether the picture is still the same.

measure   one `pts bench`, as a `run.Run`              run, document  its JSON, typed
ways      backends and peers, side by side             cases/    what is timed, one noun a file
timing    samples, percentiles, intervals, ratios      process   one process for each thing that is timed
rounds    turns, so that noise hits all alike          load      the server scenario: arrivals, the highest rate
machine   what it ran on, and how quiet that was       accuracy  the same picture, or a failure
floor     what FLOPs and bytes allow                   summary   rows of what was taken
compare   what changed beyond noise                    terminal, spreadsheet, markdown, html, plots  a run, shown
record    the JSON of what only the docs tell          report    docs/performance.md from both
suites/   pytest-benchmark suites (`make bench`)
"""
