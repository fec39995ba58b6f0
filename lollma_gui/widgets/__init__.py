"""Reusable pieces of the window: they are given values, emit wishes, and know no service."""
