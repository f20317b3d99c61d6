"""What is kept, in a reader's language: one line a table, made from what the tables say of themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.content.texts import Texts
from bot.domain.conversation import Phrase
from bot.store.kept import Keep, every
from bot.store.tables import metadata

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One table, told to people."""

    table: str
    what: str
    why: str
    how_long: str


def lines(texts: Texts, language: str, retention: Callable[[Keep], timedelta | None]) -> tuple[Line, ...]:
    """Every table; `retention` gives the days that the operator set, None where no setting says."""

    def how_long(keep: Keep) -> str:
        kept_for = retention(keep)
        days = {} if kept_for is None else {"n": kept_for // ONE_DAY}
        return texts.say(Phrase(key=f"keeps.how_long.{keep}", values=days), language)

    return tuple(
        Line(
            table=table.name,
            what=texts.say(f"keeps.{table.name}.what", language),
            why=texts.say(f"keeps.{table.name}.why", language),
            how_long=how_long(kept.how_long),
        )
        for table, kept in every(metadata)
    )
