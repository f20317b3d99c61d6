"""The parts, put together: from settings and a clock to everything that can answer.

Knows every room and decides nothing.  Tests open it with a settable clock and the addresses of replicas.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.board import Board
from bot.board_care import Care
from bot.cards.blindness import to_do
from bot.cards.drawings import Drawings
from bot.clock import Clock
from bot.commands.answer import answer
from bot.commands.answers import Answers
from bot.commands.conversations import heard
from bot.commands.desk import Desk, House
from bot.commands.people import People
from bot.commands.places import Places
from bot.commands.presses import pressed
from bot.content.catalogue import Catalogue, load_catalogue
from bot.content.texts import Texts, load_texts
from bot.domain.conversation import ConversationEvent, Destination, Message, Press, Reply, Role, Scope
from bot.domain.observation import TenantId
from bot.domain.source_health import Budget, SourceHealth
from bot.domain.verdict import Policy
from bot.http import Fetcher, new_client
from bot.metrics import ANSWERS, PRESSES, REASONS, REPLY_SECONDS
from bot.settings import Settings
from bot.sources.chosen import Choice, chosen_sources
from bot.sources.drill import Drill, DrillSource
from bot.sources.source import Source, SourceSetup
from bot.store.contacts import RecentContacts
from bot.store.engine import Store
from bot.store.peek import open_to_look
from bot.transports.outgoing import Outcome, Outgoing, Sent, Throttled
from bot.transports.teams.conversing import Doors, Notice
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
        return reply if self.desk.house.drill is None or reply.drill else replace(reply, drill=True)

    def outgoing(self, reply: Reply) -> Outgoing:
        """The reply as its reader sees it in a chat."""
        reply = self._marked(reply)
        drawn = self.drawings.of(reply)
        return Outgoing(
            card=drawn.card, text=drawn.text, summary=drawn.summary, row=reply.row, shared=not reply.personal
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
            policy=_policy(settings, catalogue),
            house=_house(settings, texts, drill),
            places=Places(store, alone=exclusive and settings.database_url.startswith("sqlite:")),
            people=People(store, board, clock.now()),
            answers=Answers(store),
        )
        await desk.places.restore()
        await desk.people.restore(catalogue.services, clock.now())
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
        )


@contextlib.asynccontextmanager
async def teams_of(parts: Parts) -> AsyncIterator[TeamsTransport]:
    """The entrance and exit in Teams; its `run` is still to be started."""
    ca_file = str(parts.settings.ca_file) if parts.settings.ca_file else None
    async with open_session(ca_file=ca_file) as session:
        yield TeamsTransport(registration_of(parts.settings), doors_of(parts), session=session, clock=parts.clock)


def registration_of(settings: Settings) -> Registration:
    """The bot as Microsoft knows it."""
    return Registration(
        app_id=settings.app_id,
        secret=settings.app_secret if settings.app_type == "single_tenant" else None,
        tenant=settings.tenant_id or "",
        login_url=settings.login_url,
        metadata_url=settings.openid_url,
        service_hosts=settings.service_hosts,
        identity_endpoint=settings.managed_identity_url,
        identity_header=settings.managed_identity_secret,
    )


def doors_of(parts: Parts) -> Doors:
    """What the Teams side calls."""
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
        chosen, _ = parts.texts.choose(language, desk.house.language)
        said = parts.texts.say(what.value, chosen)
        return parts.texts.say("drill.headline", chosen, headline=said) if desk.house.drill else said

    def received(app: str) -> None:
        parts.contacts.received(app, clock.now())

    def tried(app: str, outcome: Outcome) -> None:
        if not (isinstance(outcome, Throttled) and outcome.own):
            result, error = type(outcome).__name__.lower(), "" if isinstance(outcome, Sent) else outcome.said
            parts.contacts.sent(app, clock.now(), result=result, error=error)

    return Doors(reply_to=reply_to, pressed=press, heard=hear, sent=sent, notice=notice, received=received, tried=tried)


def choice_of(settings: Settings) -> Choice:
    """What the settings say about all sources."""
    setups = {
        name: SourceSetup(url=one.url, token=one.token, period=one.period) for name, one in settings.sources.items()
    }
    x = setups.get("x", SourceSetup())
    setups["x"] = replace(x, extra={"cap_usd": str(settings.source_x_cap_usd)})
    graph = setups.get("graph", SourceSetup())
    known = {
        "tenant_id": settings.tenant_id,
        "app_id": settings.app_id,
        "app_secret": settings.app_secret,
        "login_url": settings.login_url,
    }
    setups["graph"] = SourceSetup(
        url=graph.url or settings.graph_url,
        token=graph.token,
        period=graph.period,
        tenant=TenantId(settings.tenant_id) if settings.tenant_id else None,
        extra={name: value for name, value in known.items() if value},
    )
    return Choice(setups=setups, on=settings.sources_on, off=settings.sources_off)


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
        words=lambda health: to_do(health, texts, language, app=settings.app_id),
    )


def _house(settings: Settings, texts: Texts, drill: Drill | None) -> House:
    language, is_spoken = texts.choose(settings.language, "en")
    if not is_spoken:
        log.warning("language not spoken", wanted=settings.language, spoken=texts.languages, instead=language)
    return House(
        languages=texts.languages,
        language=language,
        zone=settings.zone,
        it_contact=settings.it_contact,
        ticket_url=settings.ticket_url,
        page_url=settings.public_url,
        test_site=settings.test_site,
        sites=settings.sites,
        at_work=settings.at_work,
        roles=_roles(settings),
        visitor_here=settings.visitor_here,
        drill=drill.name if drill else None,
    )


def _policy(settings: Settings, catalogue: Catalogue) -> Policy:
    return Policy(
        sure_from=settings.sure_from,
        colleagues_for_org=settings.me_too_for_org,
        related={service.id: service.leans_on for service in catalogue.services.values()},
    )


def _roles(settings: Settings) -> dict[str, frozenset[Role]]:
    given = {
        Role.ADMIN: settings.admins,
        Role.HELPDESK: settings.helpdesk,
        Role.ANNOUNCER: settings.announcers,
        Role.APPROVER: settings.approvers,
    }
    everybody = frozenset[str]().union(*given.values())
    return {person: frozenset(role for role, people in given.items() if person in people) for person in everybody}
