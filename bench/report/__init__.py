"""Showing what was measured: one `table.Table` for the terminal, Markdown, CSV and HTML; plots; pages."""
