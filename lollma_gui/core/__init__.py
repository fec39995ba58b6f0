"""Plain data and arithmetic: no Qt, no I/O, no threads."""
