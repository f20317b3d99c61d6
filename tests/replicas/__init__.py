"""Loopback servers that speak the outside services' shapes, errors and limits."""
