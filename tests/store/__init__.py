"""The database, as those who rely on it see it."""
