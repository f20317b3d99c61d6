"""What a command may use, and what is known of the person and the place it answers.

The parts are put together by app; a command sees them only through `Turn`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.board import Board
from bot.commands.aloud import Aloud
from bot.commands.houses import House, Houses
from bot.commands.memo import Memo
from bot.commands.news import News
from bot.commands.open_incidents import OpenIncidents
from bot.commands.people import People
from bot.commands.places import Places
from bot.commands.team_owners import Owners
from bot.content.catalogue import Catalogue
from bot.content.texts import Texts
from bot.domain.conversation import Intent, Message, Role, Scope
from bot.domain.observation import Observation, TenantId
from bot.store.engine import Store
from bot.store.reports import Report

if TYPE_CHECKING:
    from bot.commands.answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that commands share."""

    board: Board
    store: Store
    catalogue: Catalogue
    texts: Texts
    houses: Houses
    places: Places
    people: People
    answers: "Answers"
    memo: Memo = field(default_factory=Memo)
    owners: Owners = field(default_factory=Owners)
    aloud: Aloud = field(default_factory=Aloud)
    news: News = field(default_factory=News)
    open: OpenIncidents = field(default_factory=OpenIncidents)

    def house_of(self, tenant: TenantId | None) -> House:
        """What the operator decided for that tenant's people."""
        return self.houses.of(tenant)

    def house_for(self, message: Message) -> House:
        """What the operator decided for whoever wrote this."""
        if message.destination.scope is not Scope.PAGE:
            return self.house_of(message.person.tenant)
        return self.houses.outside if message.from_outside else self.houses.page

    @property
    def drill(self) -> str | None:
        """Name of the drill that is played, for everybody."""
        return self.houses.common.drill


@dataclass(slots=True)
class Ledger:
    """Whether a command has noted by itself what it changed (`audited`)."""

    written: bool = False


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
    acts_as: Role | None = None  # the role that allows what is done
    ledger: Ledger = field(default_factory=Ledger)

    def with_own(self, found: Observation) -> tuple[Observation, ...]:
        """The own tests, with this result in the place of an older one."""
        return (*(seen for seen in self.own if seen.key != found.key), found)

    @property
    def tenant(self) -> TenantId | None:
        """Whose evidence may be shown; None for the terminal, and for a page that shows nobody's."""
        return self.message.person.tenant

    @property
    def house(self) -> House:
        """What the operator decided for this person."""
        return self.desk.house_for(self.message)
