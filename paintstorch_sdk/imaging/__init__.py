"""Pictures: read, measured, scaled, and composed."""
