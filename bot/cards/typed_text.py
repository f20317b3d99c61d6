"""What an author typed, as much of it as fits on a card: data, shown as it was typed, with the cuts shown."""

from bot.cards.plain import shortened
from bot.domain.announcement import Words

LONGEST_PART = {"hit": 900, "works": 600, "todo": 600}  # characters on a card; in every script it stays under 20 KB
LONGEST_LINE = 500  # characters of one paragraph
MOST_LINES = 8  # paragraphs of a part


def paragraphs(text: str, most: int) -> list[str]:
    """The lines of a text, as many and as long as fit, with the cut shown."""
    found: list[str] = []
    for line in (each.strip() for each in text.splitlines()):
        if not line:
            continue
        if len(found) == MOST_LINES or most <= 1:
            found[-1] = shortened(f"{found[-1]} …", LONGEST_LINE)
            break
        fitting = shortened(line, min(most, LONGEST_LINE))
        found.append(fitting)
        most -= len(fitting)
        if fitting != line and most <= 1:
            break
    return found


def is_cut(words: Words) -> bool:
    """Whether a card shows only the beginning of it."""
    return any(
        [line.strip() for line in getattr(words, name).splitlines() if line.strip()]
        != paragraphs(getattr(words, name), most)
        for name, most in LONGEST_PART.items()
    )
