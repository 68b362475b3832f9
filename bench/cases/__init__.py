"""What is timed, one noun a file. The functions that open a subject run in its process and load its runtime there."""
