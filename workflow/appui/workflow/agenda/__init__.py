"""The agenda: what a person has to do, what waits on others, and what nobody can do."""
