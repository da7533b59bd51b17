"""What is true: procedures, cases and their rules. Pure: no I/O, no clock, no framework."""
