"""The command line: builds a Message, or calls app."""
