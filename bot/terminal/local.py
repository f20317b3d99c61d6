"""Who sits at this terminal: whoever holds settings and database holds everything, so every role."""

import getpass
import os


def local_id() -> str:
    """local:UID, or the account's name where there are no numbers (Windows)."""
    return f"local:{os.getuid()}" if hasattr(os, "getuid") else f"local:{getpass.getuser()}"
