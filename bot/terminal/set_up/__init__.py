"""`check teams` and `check graph`: every step of a set-up in order, whether it is done, and where to click when not.

A step that rests on one that failed is not tried: it would only say the same in worse words.
"""
