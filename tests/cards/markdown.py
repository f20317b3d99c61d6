"""Card text as a chat client draws it."""

import html
import re

from markdown_it import MarkdownIt

RENDERER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def shown(card_text):
    """What a reader of the card sees, if nothing of it became mark-up."""
    drawn = RENDERER.render(card_text)
    inside = re.fullmatch(r"<p>(.*)</p>\n", drawn, re.DOTALL)
    assert inside, f"more than one plain paragraph: {drawn!r}"
    assert "<" not in inside.group(1), f"mark-up: {drawn!r}"
    return html.unescape(inside.group(1))
