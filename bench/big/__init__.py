"""The big base: as many fictive cases as asked for, with true journals, and what appui takes to work on them."""
