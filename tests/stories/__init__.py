"""One file per promise: given a world, when somebody does something, then they see something."""
