"""`pts lineart`."""
