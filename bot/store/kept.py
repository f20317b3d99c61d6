"""What each table says about itself: how long its rows stay, and which of its columns stand for a person.

    Table("deliveries", metadata, Column(...), info=kept(Keep.AUDIT, names=("by",), conversation="conversation"))

/privacy and the README are made from this, `forget` and `prune` go by it: a table that declares itself is covered.  Its
words are the texts keeps.<table>.what and keeps.<table>.why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import MetaData, Table

_KEY = "kept"


class Keep(StrEnum):
    """How long rows stay; the text is keeps.how_long.<this>."""

    OBSERVATIONS = "observations"  # the first ones are settings: NOTJUSTYOU_RETENTION_<this>_DAYS
    ANSWERS = "answers"
    REPORTS = "reports"
    CONVERSATIONS = "conversations"
    AUDIT = "audit"
    INCIDENTS = "incidents"  # once they are over
    DELIVERIES = "deliveries"
    ANNOUNCEMENTS = "announcements"  # once nothing of them is still to come
    WITH_CONVERSATION = "with_conversation"  # gone with the conversation that they belong to
    DAY_KEY = "day_key"  # destroyed 48 hours after its day
    UNTIL_ERASED = "until_erased"  # one row for each thing there is; nothing of any person

    @property
    def setting(self) -> str | None:
        """The setting that says how many days, without its prefix; None where no setting does."""
        fixed = (Keep.WITH_CONVERSATION, Keep.DAY_KEY, Keep.UNTIL_ERASED)
        return None if self in fixed else f"RETENTION_{self.upper()}_DAYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one table says about itself."""

    how_long: Keep
    owner: str | None = None  # column with the id of the person whose row it is: forgotten as a whole
    names: tuple[str, ...] = ()  # columns that name a person in passing (directory or platform id): emptied
    codes: tuple[str, ...] = ()  # columns with codes of the day: forgotten as a whole
    texts: tuple[str, ...] = ()  # columns of words in which such an id may stand: it is overwritten there
    conversation: str | None = None  # column with the id of the conversation that the row belongs to

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that stands for a person or a conversation."""
        single = tuple(name for name in (self.owner, self.conversation) if name)
        return (*single, *self.names, *self.codes, *self.texts)


def kept(  # noqa: PLR0913 - what there is to say
    how_long: Keep,
    *,
    owner: str | None = None,
    names: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    conversation: str | None = None,
) -> dict[Any, Any]:
    """For a table's `info`."""
    said = Kept(how_long=how_long, owner=owner, names=names, codes=codes, texts=texts, conversation=conversation)
    return {_KEY: said}


def kept_of(table: Table) -> Kept:
    """What this table says about itself.  Raises LookupError when it says nothing."""
    found = table.info.get(_KEY)
    if not isinstance(found, Kept):
        raise LookupError(f"table {table.name} needs info=kept(…): bot/store/kept.py says how")
    return found


def every(metadata: MetaData) -> Iterator[tuple[Table, Kept]]:
    """Each table with what it says about itself, in the order in which they were written down."""
    for table in metadata.tables.values():
        yield table, kept_of(table)
