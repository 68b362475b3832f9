"""The paper's study (section 6): raters see pictures without their models' names, and rate them from 1 to 5.

rates.py      one rating; CSV in and out, also the old service's
store.py      pictures and ratings of a study, in SQLite
analysis.py   mean opinion scores, tests, intervals
app.py        the raters' page and its routes; the routes of PaintsTorchAPI
report.py     the report's page
"""
