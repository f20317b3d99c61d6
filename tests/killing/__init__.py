"""Kills, freezes and takes the power from a bot in the middle of a fan-out, and counts what arrived."""
