"""A reply in a reader's language and zone -> what they see: `sheet` says it, `render` lays it out as a card.

Knows no chat platform and no way to send.  Layouts lie in `cards/` (in the wheel: `bot/_layouts`).
"""

from bot.cards.blocks import Action, Block, Line, Part, Sheet
from bot.cards.render import Rendered, render
from bot.cards.sheet import sheet

__all__ = ["Action", "Block", "Line", "Part", "Rendered", "Sheet", "render", "sheet"]
