"""What every deed on announcements needs at a terminal: the database, who sits here, and a note in the audit."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import MachineClock
from bot.content.catalogue import load_catalogue
from bot.content.texts import Texts, load_texts
from bot.domain.announcement import Announcement
from bot.domain.approving import digest
from bot.domain.observation import TenantId
from bot.domain.proofreading import Limits
from bot.settings import Settings, TenantSettings
from bot.store import announcements, audit
from bot.store.engine import Db, Store
from bot.terminal.announcement_file import Author
from bot.terminal.local import local_id
from bot.terminal.output import Output

USAGE = 2


class Desk:
    """The database and what every deed needs."""

    def __init__(self, out: Output, settings: Settings, store: Store) -> None:
        """`store`: open for writing."""
        self.out, self.settings, self.store = out, settings, store
        self.now: datetime = MachineClock().now()
        self.texts: Texts = load_texts()

    def house(self, one: Announcement) -> TenantSettings:
        """What holds for its tenant."""
        found = (each for each in self.settings.tenants if each.tenant_id == one.tenant)
        return next(found, self.settings.tenants[0])

    def author(self) -> Author:
        """Whoever sits here, for the first tenant of the settings."""
        first = self.settings.tenants[0]
        return Author(
            who=local_id(),
            role=audit.OPERATOR,
            language=first.language,
            zone=first.zone,
            tenant=TenantId(first.tenant_id) if first.tenant_id else None,
            now=self.now,
        )

    def limits(self) -> Limits:
        """What an announcement may be here."""
        return Limits(
            languages=frozenset(self.texts.languages),
            services=frozenset(load_catalogue().services),
            closest=self.settings.announce_closest,
        )

    def refuse(self, title: str, lines: Sequence[str] = ()) -> int:
        """Say what is wrong; nothing was saved."""
        self.out.complain(title, lines)
        return USAGE

    async def note(self, db: Db, one: Announcement, what: str, before: str | None = None) -> None:
        """In the audit, in the same transaction."""
        deed = audit.Deed(
            tenant=one.tenant,
            at=self.now,
            who=local_id(),
            role=audit.OPERATOR,
            what=f"announce {what}",
            before=before,
            after=f"{one.id} revision {one.revision} {one.draft} {digest(one)[:12]}",
        )
        await audit.add(db, deed)


async def named(desk: Desk, typed: str) -> Announcement | None:
    """The announcement with this reference; None: there is none, and that was said."""
    async with desk.store.reading() as db:
        found = await announcements.get(db, typed)
    if found is None:
        desk.refuse(f"There is no announcement {typed[:40]!r}.", ["`notjustyou announce list` shows them."])
    return found
