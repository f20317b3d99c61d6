"""What must survive: the only room that knows SQL."""
