"""`pts shot`: many frames colored alike from a few key frames."""
