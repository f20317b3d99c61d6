"""The parts, put together: from settings and a clock to everything that can answer.

Knows every room and decides nothing.  Tests open it with a settable clock and the addresses of replicas.
"""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.board import Board
from bot.board_care import Care
from bot.cards.blindness import to_do
from bot.cards.drawings import Drawings
from bot.clock import Clock
from bot.commands.answer import answer
from bot.commands.answers import Answers
from bot.commands.conversations import heard
from bot.commands.desk import Desk
from bot.commands.helpdesk_places import appoint
from bot.commands.people import People
from bot.commands.places import Places
from bot.commands.presses import pressed
from bot.content.catalogue import load_catalogue
from bot.content.texts import Texts, load_texts
from bot.domain.conversation import ConversationEvent, Destination, Message, Person, Press, Reply, Scope
from bot.domain.observation import TenantId
from bot.domain.source_health import Budget, SourceHealth
from bot.houses import houses_of
from bot.http import Fetcher, new_client
from bot.metrics import ANSWERS, PRESSES, REASONS, REPLY_SECONDS
from bot.secret import Secret
from bot.settings import Settings, TenantSettings
from bot.settings_clouds import CLOUDS
from bot.source_setups import choice_of
from bot.sources.chosen import chosen_sources
from bot.sources.drill import Drill, DrillSource
from bot.sources.source import Source
from bot.store.contacts import RecentContacts
from bot.store.engine import Store
from bot.store.peek import open_to_look
from bot.transports.outgoing import Outcome, Outgoing, Throttled, trouble_of
from bot.transports.teams.conversing import Doors, Notice
from bot.transports.teams.front import Entrance, Front
from bot.transports.teams.keys import SigningKeys
from bot.transports.teams.limits import Allowance
from bot.transports.teams.owners import TeamOwners
from bot.transports.teams.registration import Registration
from bot.transports.teams.session import open_session
from bot.transports.teams.transport import TeamsTransport
from bot.understand.intent import load as load_words

ENTRANCES = {Scope.PAGE: "page", Scope.TERMINAL: "terminal"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that can answer."""

    settings: Settings
    clock: Clock
    store: Store
    fetcher: Fetcher
    board: Board
    desk: Desk
    texts: Texts
    drawings: Drawings
    contacts: RecentContacts
    shared: bool  # other replicas may work on the same database

    async def reply_to(self, message: Message) -> Reply:
        """What to say to this message, wherever it was written."""
        started = self.clock.monotonic()
        entrance = ENTRANCES.get(message.destination.scope, "teams")
        reply = self._marked(await answer(self.desk, message, self.clock.now()))
        ANSWERS.labels(outcome=reply.verdict.outcome if reply.verdict else "none", entrance=entrance).inc()
        if reply.verdict is not None:
            REASONS.labels(reason=reply.verdict.reason).inc()
        REPLY_SECONDS.labels(entrance=entrance).observe(self.clock.monotonic() - started)
        return reply

    def _marked(self, reply: Reply) -> Reply:
        """While a drill is played nothing leaves without its mark, whoever composed it."""
        return reply if self.desk.drill is None or reply.drill else replace(reply, drill=True)

    def outgoing(self, reply: Reply) -> Outgoing:
        """The reply as its reader sees it in a chat."""
        reply = self._marked(reply)
        drawn = self.drawings.of(reply)
        return Outgoing(
            card=None if reply.beside else drawn.card,
            text=drawn.text,
            summary=drawn.summary,
            row=reply.row,
            shared=not reply.personal,
            gone=reply.gone,
        )


@contextlib.asynccontextmanager
async def assembled(
    settings: Settings, clock: Clock, *, exclusive: bool = True, looking: bool = False, drill: Drill | None = None
) -> AsyncIterator[Parts]:
    """All parts, closed in order at the end.

    `exclusive`: no other server may use the same database file; `looking`: it is there already, and is not written.

    Raises StoreError when the database can't be used, CatalogueError or TextError when content is broken.
    """
    texts, catalogue = load_texts(), load_catalogue()
    load_words()  # now, so that the first question does not wait for it
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        alone = exclusive and url.startswith("sqlite:")
        store = await (open_to_look(url, clock) if looking else Store.open(url, clock, exclusive=exclusive))
        stack.push_async_callback(store.close)
        client = await stack.enter_async_context(new_client(ca_file=settings.ca_file))
        fetcher = Fetcher(client, clock, within=settings.fetch_timeout)
        sources, others = _sources(settings, clock, drill)
        care = _care(settings, texts)
        board = Board(sources, fetcher, clock, store, patience=settings.refresh_wait, care=care)
        board.know(others)
        await board.restore()
        desk = Desk(
            board=board,
            store=store,
            catalogue=catalogue,
            texts=texts,
            houses=houses_of(settings, texts, catalogue, drill=drill.name if drill else None),
            places=Places(store, alone=alone),
            people=People(store, board, clock.now(), alone=alone),
            answers=Answers(store),
        )
        await desk.places.restore()
        await desk.people.restore(catalogue.services, clock.now())
        await desk.open.refresh(store, clock.now(), drill=drill is not None)
        if exclusive:  # a server, not a look from the terminal
            await appoint(desk, clock.now())
        desk.places.became_known = partial(_appointed, desk, clock)
        yield Parts(
            settings=settings,
            clock=clock,
            store=store,
            fetcher=fetcher,
            board=board,
            desk=desk,
            texts=texts,
            drawings=Drawings(texts),
            contacts=RecentContacts(store),
            shared=not url.startswith("sqlite:"),
        )


@contextlib.asynccontextmanager
async def teams_of(parts: Parts) -> AsyncIterator[Front]:
    """The entrance and exit in Teams, for every registration; its `run` is still to be started."""
    settings, clock = parts.settings, parts.clock
    ca_file = str(settings.ca_file) if settings.ca_file else None
    async with open_session(ca_file=ca_file, within_s=settings.send_timeout.total_seconds()) as session:
        keys = SigningKeys(session, clock, settings.openid_url)
        entrances, owners = [], dict[TenantId | None, TeamOwners]()
        for tenant in settings.tenants:
            registration = registration_of(settings, tenant)
            doors = doors_of(parts, TenantId(tenant.tenant_id) if tenant.tenant_id else None)
            transport = TeamsTransport(registration, doors, session=session, clock=clock, keys=keys)
            entrances.append(Entrance(registration=registration, transport=transport))
            owner = TeamOwners(registration, tenant.graph_url, session=session, clock=clock)
            owners[TenantId(tenant.tenant_id) if tenant.tenant_id else None] = owner

        async def owns(person: Person, destination: Destination) -> bool | None:
            own = owners.get(destination.tenant) or owners.get(None)
            return None if own is None else await own.owns(person, destination)

        parts.desk.owners.ask = owns
        yield Front(entrances)


def registration_of(settings: Settings, tenant: TenantSettings | None = None) -> Registration:
    """The bot as Microsoft knows it in that tenant; without one, in the first."""
    own = tenant or settings.tenants[0]
    of = " ".join(filter(None, ("bot", own.name)))
    secret = Secret(own.app_secret, own.app_secret_file, of=of) if own.app_secret else None
    return Registration(
        name=own.name,
        app_id=own.app_id,
        secret=secret if own.app_type == "single_tenant" else None,
        tenant=own.tenant_id or "",
        login_url=settings.login_url,
        metadata_url=settings.openid_url,
        bot_service=CLOUDS[settings.cloud].bot_service,
        service_hosts=settings.service_hosts,
        allowance=Allowance(
            per_tenant=settings.limit_per_tenant,
            kept_for_answers=settings.limit_kept_for_answers,
            per_conversation=settings.limits_per_conversation,
        ),
        identity_endpoint=settings.managed_identity_url,
        identity_header=settings.managed_identity_secret,
    )


async def _appointed(desk: Desk, clock: Clock, conversations: Collection[str]) -> None:
    """A conversation that was just written down may be one of a help desk's own."""
    await appoint(desk, clock.now(), conversations)


def doors_of(parts: Parts, tenant: TenantId | None = None) -> Doors:
    """What the Teams side calls for one registration.  `tenant`: whose house speaks where nobody else does."""
    desk, clock = parts.desk, parts.clock

    async def reply_to(message: Message) -> Outgoing | None:
        return parts.outgoing(await parts.reply_to(message))

    async def press(done: Press) -> Outgoing:
        PRESSES.labels(verb=done.verb.partition(".")[0][:20] if done.row else "other").inc()
        return parts.outgoing(await pressed(desk, done, clock.now()))

    async def hear(event: ConversationEvent) -> Outgoing | None:
        reply = await heard(desk, event, clock.now())
        return parts.outgoing(reply) if reply is not None else None

    async def sent(row: str, activity: str, where: Destination) -> None:
        await desk.answers.sent(row, activity, where.thread)

    def notice(what: Notice, language: str | None) -> str:
        chosen, _ = parts.texts.choose(language, desk.house_of(tenant).language)
        said = parts.texts.say(what.value, chosen)
        return parts.texts.say("drill.headline", chosen, headline=said) if desk.drill else said

    def received(app: str) -> None:
        parts.contacts.received(app, clock.now())

    def tried(app: str, outcome: Outcome) -> None:
        if not (isinstance(outcome, Throttled) and outcome.own):
            result = type(outcome).__name__.lower()
            parts.contacts.sent(app, clock.now(), result=result, error=trouble_of(outcome))

    return Doors(reply_to=reply_to, pressed=press, heard=hear, sent=sent, notice=notice, received=received, tried=tried)


def _sources(settings: Settings, clock: Clock, drill: Drill | None) -> tuple[Sequence[Source], Sequence[SourceHealth]]:
    if drill is not None:
        return [DrillSource(drill, clock.now(), language=settings.language)], []
    return chosen_sources(choice_of(settings), clock.now())


def _care(settings: Settings, texts: Texts) -> Care:
    language = texts.choose(settings.language, "en")[0]
    budgets = {
        name: Budget(per_hour=one.per_hour, per_month=one.per_month)
        for name, one in settings.sources.items()
        if one.per_hour or one.per_month
    }
    return Care(
        blind_after=settings.blind_after,
        budgets=budgets,
        words=lambda health: to_do(health, texts, language, app=settings.app_of(health.tenant)),
    )
