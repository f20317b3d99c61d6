"""Notjustyou answers "is Teams down, or is it me?"; this page is the map of its stories."""
