"""Importing: what a service already keeps elsewhere, taken in with what is known of it and nothing else."""
