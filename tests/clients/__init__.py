"""Microsoft's own renderer, template engine and local Teams client, and a browser: the slow group."""
