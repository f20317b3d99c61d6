"""The clock asked: watch, refresh, prune.  Nothing here decides."""
