"""`pts demo`."""
