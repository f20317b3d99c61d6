"""Replies drawn as JSON, once for all that differ in their row only (`Reply.like`)."""

import json
from collections import OrderedDict
from dataclasses import dataclass, replace

from bot.cards.render import render
from bot.content.texts import Texts
from bot.domain.conversation import Reply

MOST_DRAWINGS = 256  # each about 20 KB
ANY_ROW = "~row~of~the~answer~"  # stands for the row in a drawing that many share; no text can hold it unescaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One reply, ready to be sent."""

    card: bytes  # JSON of the Adaptive Card
    text: str
    summary: str


class Drawings:
    """Draws replies and remembers the last ones that others may need again."""

    def __init__(self, texts: Texts) -> None:
        """`texts`: the words to draw with."""
        self._texts = texts
        self._known: OrderedDict[int, Drawing] = OrderedDict()

    def of(self, reply: Reply) -> Drawing:
        """This reply as its reader sees it.  Raises TextError, LayoutError as `render` does."""
        if reply.like is None:
            return self._draw(reply)
        known = self._known.get(reply.like)
        if known is None:
            known = self._draw(replace(reply, row=ANY_ROW))
            self._known[reply.like] = known
            while len(self._known) > MOST_DRAWINGS:
                self._known.popitem(last=False)
        return replace(known, card=known.card.replace(ANY_ROW.encode(), (reply.row or "").encode()))

    def _draw(self, reply: Reply) -> Drawing:
        drawn = render(reply, self._texts, reply.language, reply.zone)
        card = json.dumps(drawn.card, ensure_ascii=False, separators=(",", ":")).encode()
        return Drawing(card=card, text=drawn.text, summary=drawn.summary)
