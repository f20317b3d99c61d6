"""Foreign words -> harmless plain text, and plain text -> text that a card shows exactly as it stands."""

import re
import unicodedata

_WEB_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.\-]*://|www\.|mailto:)\S+"  # anything with a scheme
    r"|(?<![\w.])[\w\-]+(?:\.[\w\-]+)+/\S*",  # a host with a path
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"([\\`*_\[\]~<>])|(&)(?=#?\w+;)|(^\s*)([#+\-=|])|(^\s*\d+)([.)])")
_PAIRED_BRACES = re.compile(r"([{$](?=\{)|\}(?=\}))")
_JOINERS = "\u200c\u200d"  # without which some scripts and emoji can't be read
_FIRST_STRONG, _END_OF_ISOLATE = "\u2068", "\u2069"
_ELLIPSIS = "…"


def quoted(text: str, limit: int) -> str:
    """What somebody else wrote, on one line of at most `limit` characters, unable to act as anything but text.

    Addresses are left out (links are shown from the list of allowed hosts only, elsewhere), tags and macros of the
    chat client are broken, and letters that change the direction of their surroundings are kept apart from them.
    """
    short = shortened(_broken(_WEB_ADDRESS.sub(f"({_ELLIPSIS})", _one_line(text))), limit)
    return f"{_FIRST_STRONG}{short}{_END_OF_ISOLATE}" if _turns_around(short) else short


def calmed(text: str, limit: int) -> str:
    """A value of ours that may hold what somebody typed: as `quoted`, but addresses stay."""
    return shortened(_broken(_one_line(text)), limit)


def shortened(text: str, limit: int) -> str:
    """`text`, cut between words when it is longer than `limit`, with the cut shown."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:.") + _ELLIPSIS


def escaped(text: str) -> str:
    """Plain text as card text: the card's Markdown shows exactly these characters."""
    return _MARKDOWN.sub(_with_backslash, text)


def _with_backslash(found: re.Match[str]) -> str:
    anywhere, ampersand, indent, opener, number, stop = found.groups()
    if anywhere or ampersand:
        return "\\" + (anywhere or ampersand)
    return f"{indent}\\{opener}" if opener else f"{number}\\{stop}"


def _one_line(text: str) -> str:
    """Without control, formatting and private characters; every run of white space is one space."""
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def _broken(text: str) -> str:
    """Tags look like quotation marks, and neither templates nor the chat client's macros find their braces."""
    return _PAIRED_BRACES.sub(r"\1 ", text.replace("<", "‹").replace(">", "›"))


def _turns_around(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text)
