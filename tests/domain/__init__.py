"""Tables of cases and properties, one file per pure module."""
