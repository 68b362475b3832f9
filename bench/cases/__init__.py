"""The subjects that are timed, one noun a file. Their openers run in the process of a subject."""
