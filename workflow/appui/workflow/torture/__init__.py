"""Torture: the promises of the engine tried under kill -9, lost answers, full disks and clocks that jump."""
