"""A person asked: from an intent to a reply; role and audit, once.  `table.COMMANDS` lists all that can be asked."""
