"""Deciding: pure functions of values and a moment.  Nothing here awaits, reads a clock or talks to anybody."""
