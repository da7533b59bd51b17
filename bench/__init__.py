"""The bench: how fast the engine is beside the bare driver and beside its peers, in one run on one machine."""
