"""Addresses that probes and neutral checks ask, and how a setting replaces them.  Knows no answer."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def addresses(defaults: Mapping[str, str], setting: str | None) -> dict[str, str]:
    """Target -> address to ask.

    `setting` is nothing, or one base address (each target is then asked at base/host/path, so that one server can stand
    for all), or a comma list `target=address` that replaces those named and keeps the others.
    """
    if not setting:
        return dict(defaults)
    entries = [entry.strip() for entry in setting.split(",") if entry.strip()]
    named = dict(_named(entry) for entry in entries)
    if "" in named:
        return {target: _under(named[""], address) for target, address in defaults.items()}
    return {target: named.get(target, address) for target, address in defaults.items()}


def host_of(address: str) -> str:
    """The host that an address names, without port."""
    return urlsplit(address).hostname or ""


def _named(entry: str) -> tuple[str, str]:
    target, equals, address = entry.partition("=")
    return (target.strip(), address.strip()) if equals and "://" not in target else ("", entry)


def _under(base: str, address: str) -> str:
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base.rstrip('/')}/{parts.netloc}{parts.path or '/'}{query}"
