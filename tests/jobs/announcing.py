"""A bot that only announces: a real database, a fake clock, readers, and a process that can be killed."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.clock import SettableClock
from bot.domain.announcement import Announcement, AnnouncementId, Draft, Kind, Words
from bot.domain.conversation import ConversationEvent, Destination, Life, Scope
from bot.domain.delivery import Part, Subject
from bot.domain.observation import Feature, ServiceId, TenantId
from bot.domain.schedule import Rule
from bot.domain.subscription import Subscription, SubscriptionId, Wish
from bot.jobs.announce import Announcer, Announcing
from bot.jobs.announced import pages
from bot.jobs.leases import AlwaysHeld
from bot.jobs.spreading import Spreading
from bot.jobs.windows import Windows
from bot.store import announcements, conversations, occurrences, stepping, subscriptions
from bot.store.engine import Store
from bot.store.tables import deliveries, notifications

OURS = TenantId("ours")
MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Killed(Exception):
    """The process ended here."""


class KillableStore:
    """A store whose user dies at its n-th transaction: before it, within it, or just after its commit."""

    def __init__(self, store):
        self._store = store
        self.dies_at: tuple[int, str] | None = None
        self.count = 0

    def reading(self):
        return self._store.reading()

    @asynccontextmanager
    async def transaction(self):
        self.count += 1
        moment = self.dies_at[1] if self.dies_at is not None and self.dies_at[0] == self.count else ""
        if moment == "before":
            raise Killed
        async with self._store.transaction() as db:
            yield db
            if moment == "within":
                raise Killed
        if moment == "after":
            raise Killed


class Board:
    """What was put on the board, by tenant."""

    def __init__(self):
        self.said = {}

    def put(self, source, tenant, observations):
        self.said[(source, tenant)] = tuple(observations)


@dataclass
class Bench:
    """One process after the other on one database."""

    store: Store
    clock: SettableClock
    board: Board = field(default_factory=Board)
    version: str = "2026a"
    grace: timedelta = HOUR
    approvers: tuple[str, ...] = ()

    def __post_init__(self):
        self.start()

    def start(self):
        """A new process: nothing is left but the database."""
        self.killable = KillableStore(self.store)
        self.board = Board()
        held = AlwaysHeld()
        self.windows = Windows(self.killable, self.board, self.clock, self._nothing, held)
        setup = Announcing(
            zone_of=lambda _: "Europe/Berlin",
            changed=self._nothing,
            grace_of=lambda _: self.grace,
            zones_version=self.version,
            approvers_of=lambda _: self.approvers,
        )
        self.announcer = Announcer(self.killable, self.clock, setup, windows=self.windows)
        self.spreading = Spreading(self.killable, self.clock, held, lambda _: ())
        self.spreading.pages[Subject.ANNOUNCEMENT] = pages(lambda _: "Europe/Berlin")

    async def _nothing(self, tenant):
        pass

    async def look(self):
        """What one look does, sending left out."""
        await self.announcer.look()
        await self.spreading.spread(OURS)

    async def until(self, at, step=None):
        """Time passes; the bot looks at each moment that it planned."""
        while True:
            await self.look()
            due = self.announcer.next_due
            if due is None or due > at:
                break
            assert due > self.clock.now(), "a moment was not dealt with"
            self.clock.set(due)
        self.clock.set(at)
        await self.look()

    async def save(self, announcement, expected=None):
        async with self.store.transaction() as db:
            return await announcements.save(db, announcement, expected)

    async def get(self, which):
        async with self.store.reading() as db:
            return await announcements.get(db, which)

    async def occurrences(self, which):
        async with self.store.reading() as db:
            return await occurrences.of_announcement(db, which)

    async def only(self, which):
        (one,) = await self.occurrences(which)
        return one

    async def story(self, which):
        """Every step of every occurrence, in order of their starts."""
        async with self.store.reading() as db:
            known = await occurrences.of_announcement(db, which)
            return [(each.step.value, each.why.value) for one in known for each in await stepping.steps(db, one.id)]

    async def owed(self):
        """Cards and words in threads: (about, destination, part, step, revision), each row."""
        both = deliveries.c.notification == notifications.c.id
        wanted = select(
            notifications.c.about,
            deliveries.c.destination,
            deliveries.c.part,
            deliveries.c.step,
            deliveries.c.step_revision,
        ).join_from(deliveries, notifications, both)
        async with self.store.reading() as db:
            return sorted(tuple(row) for row in await db.execute(wanted))

    async def cards(self, place):
        return [row for row in await self.owed() if row[1] == place and row[2] == Part.CARD]

    async def words(self, place):
        """What was said in the thread there."""
        rows = [row for row in await self.owed() if row[1] == place and row[2] == Part.STEP]
        return [row[3] for row in sorted(rows, key=lambda row: row[4])]

    async def subscribe(self, place, zone=None, person=None, **wish):
        scope = Scope.PERSONAL if person else Scope.CHANNEL
        where = Destination(id=place, scope=scope, tenant=OURS, service_url="https://smba/", bot_id="28:bot")
        now = self.clock.now()
        async with self.store.transaction() as db:
            event = ConversationEvent(life=Life.INSTALLED, destination=where, zone=zone, person=person)
            await conversations.record(db, event, now)
            if person is None:
                helpdesk = wish.pop("helpdesk", False)
                await subscriptions.save(
                    db,
                    Subscription(
                        id=SubscriptionId(""),
                        tenant=OURS,
                        conversation=place,
                        scope=scope,
                        wish=Wish(**wish),
                        made_at=now,
                        helpdesk=helpdesk,
                    ),
                )


def window(now, at="2026-03-07T22:00", **changes):
    """Telephony is down on Saturday 22:00 to 02:00."""
    first = Announcement(
        id=AnnouncementId(""),
        tenant=OURS,
        kind=Kind.MAINTENANCE,
        words={"en": Words(title="Telephony stops")},
        language="en",
        rule=Rule(at=datetime.fromisoformat(at)),
        zone="Europe/Berlin",
        lasts=4 * HOUR,
        services=frozenset({ServiceId("teams")}),
        features=frozenset({Feature.CALLING}),
        draft=Draft.PLANNED,
        author="anna",
        made_at=now,
        changed_at=now,
    )
    return replace(first, **changes)


def notice(now, at="2026-03-02T14:00", **changes):
    return window(now, at, kind=Kind.NOTICE, lasts=None, **changes)
