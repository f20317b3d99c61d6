"""Outside parties that we read.  SOURCES is the explicit table of all of them."""
