"""The demonstration: requests of a commune that does not exist, followed from end to end, then a real tracker."""
