"""Many frames of one shot, colored alike from a few key frames."""
