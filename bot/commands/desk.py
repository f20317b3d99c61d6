"""What a command may use, and what is known of the person and the place it answers.

The parts are put together by app; a command sees them only through `Turn`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.board import Board
from bot.commands.memo import Memo
from bot.commands.people import People
from bot.commands.places import Places
from bot.content.catalogue import Catalogue
from bot.content.texts import Texts
from bot.domain.conversation import Intent, Message, Role
from bot.domain.observation import Observation, TenantId
from bot.domain.verdict import Policy
from bot.store.engine import Store
from bot.store.reports import Report

if TYPE_CHECKING:
    from bot.commands.answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the operator decided, as far as answers show it."""

    languages: tuple[str, ...] = ("en",)
    language: str = "en"  # the organisation's own
    zone: str = "UTC"
    it_contact: str | None = None  # mail address or phone number
    ticket_url: str | None = None  # https address; {subject} and {text} are filled in when present
    page_url: str | None = None  # to look at when the chat is down
    test_site: str = "x.com"  # a neutral site that people can open
    sites: tuple[str, ...] = ()  # places of the organisation
    at_work: bool = True  # company network: no advice to change DNS or restart routers
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)  # directory object id -> roles
    visitor_here: bool = False  # a visitor of the page sits at the server's own place
    drill: str | None = None  # name of the drill that is played


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that commands share."""

    board: Board
    store: Store
    catalogue: Catalogue
    texts: Texts
    policy: Policy
    house: House
    places: Places
    people: People
    answers: "Answers"
    memo: Memo = field(default_factory=Memo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request being answered."""

    desk: Desk
    message: Message
    intent: Intent
    now: datetime
    language: str
    zone: str
    site: str | None = None  # where the person is, as far as it is known
    own: tuple[Observation, ...] = ()  # this person's own tests, as far as they are still believed
    symptom: str | None = None  # what the words copied from a screen name
    unclear: tuple[str, ...] = ()  # what looks like a code that lost a digit
    word: Report | None = None  # what this person reported within the window
    everywhere: bool = False  # this person says that it fails on every client

    def with_own(self, found: Observation) -> tuple[Observation, ...]:
        """The own tests, with this result in the place of an older one."""
        return (*(seen for seen in self.own if seen.key != found.key), found)

    @property
    def tenant(self) -> TenantId | None:
        """Whose evidence may be shown; None for the page and the terminal."""
        return self.message.person.tenant
