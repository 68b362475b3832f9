"""`pts export`."""
