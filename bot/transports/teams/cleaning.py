"""From what Teams delivers to what the person typed: our mention gone, mark-up and typographic signs made plain.

Total and linear: any text in, at most LONGEST_TEXT characters out.
"""

import html
import re
import unicodedata
from collections.abc import Sequence

LONGEST_TEXT = 8_000  # nobody asks in more; a longer one is a pasted log, whose beginning tells
_LONGEST_RAW = 64_000
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_MENTION = re.compile(r"<at\b[^<>]{0,200}>([^<>]{0,200})</at>", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\r\u2028\u2029\u0085", "\n"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"),
        **dict.fromkeys("\u2066\u2067\u2068\u2069\x00"),
    }
)


def plain_text(raw: str, our_mentions: Sequence[str], *, mentions_known: bool) -> str:
    """`raw` as the person would read it aloud to us; other people's mentions stay as their names.

    `our_mentions`: the texts that stand for us, as the platform lists them.  When it lists no mention at all
    (`mentions_known` False), one at the very start is taken for ours: without it we would not have been called.
    """
    text = raw[:_LONGEST_RAW]
    names = {_name(mention) for mention in our_mentions}
    for mention in our_mentions:
        text = text.replace(mention, " ")
    if not mentions_known and (leading := _MENTION.match(text.lstrip())):
        text = text.lstrip()[leading.end() :]
    # The list may hold "A & B" where the text says "A &amp; B": names are compared once more without mark-up.
    text = _MENTION.sub(lambda found: " " if _name(found.group()) in names else found.group(1), text)
    text = _TAG.sub(" ", _BREAK.sub("\n", text))
    text = html.unescape(text).translate(_PLAIN)  # only now: a "<b>" that somebody typed comes escaped and stays
    text = unicodedata.normalize("NFC", text)
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()[:LONGEST_TEXT]


def _name(mention: str) -> str:
    return html.unescape(_TAG.sub("", mention)).strip()
