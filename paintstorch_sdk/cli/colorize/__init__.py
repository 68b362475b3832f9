"""`pts colorize`."""
