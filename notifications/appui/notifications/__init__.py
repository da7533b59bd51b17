"""What is said: which message, to whom, in which words, and its delivery."""
