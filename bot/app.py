"""Start, run, and stop in order: what listens, and what the clock asks for."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from aiohttp import web

from bot.announcing import announcing_of
from bot.assembly import Parts, assembled, teams_of
from bot.clock import Clock
from bot.commands.shared import redrawn
from bot.delivering import Delivering, delivering_of
from bot.desk_troubles import warn_of_desks
from bot.domain.aloud import Word
from bot.domain.conversation import Answer
from bot.domain.observation import TenantId
from bot.jobs.blindness import BlindNews
from bot.jobs.digest import Digest
from bot.jobs.follow import follow
from bot.jobs.heartbeat import Heartbeat, Pulse
from bot.jobs.heed_forgetting import heed_forgetting
from bot.jobs.incidents import Incidents, watch_incidents
from bot.jobs.leases import AlwaysHeld, Holding, StoreLease
from bot.jobs.prune import prune
from bot.jobs.recount import recount
from bot.jobs.runner import guarded
from bot.jobs.shared_cards import keep_shared_cards
from bot.jobs.speak_aloud import speak_aloud
from bot.jobs.watch import watch
from bot.jobs.write_behind import write_behind
from bot.judging import judging_of
from bot.paging import page_of
from bot.secret import Secret, hidden_url
from bot.settings import Settings
from bot.sources.drill import Drill
from bot.store.conversations import Conversation
from bot.store.prune import Retention
from bot.transports.outgoing import Outcome, Outgoing
from bot.transports.teams.front import Front
from bot.way_troubles import warn_of_ways
from bot.web.guard import discreet, friendly, harden
from bot.web.health import HealthRoutes
from bot.web.insiders import Insiders
from bot.web.pages import Pages
from bot.web.server import Server

log = structlog.get_logger(__name__)

LARGEST_REQUEST_BYTES = 2 * 2**20


async def serve(
    settings: Settings,
    clock: Clock,
    *,
    stop: asyncio.Event,
    ready: Callable[[str, Parts], None],
    drill: Drill | None = None,
) -> None:
    """Listen, watch and answer until `stop` is set; then let running answers end, and close.

    `ready` is told the address, and handed the parts.  Raises OSError when the address is taken, StoreError when the
    database can't be used.
    """
    async with assembled(settings, clock, drill=drill) as parts, teams_of(parts) as teams:
        runners, people = await _listen(parts, teams), parts.desk.people
        delivering = delivering_of(parts, teams)
        announcing = announcing_of(parts, delivering)
        parts.desk.news.changed = _telling(parts, delivering)
        pulse = Pulse(at=clock.now())
        try:
            async with asyncio.TaskGroup() as jobs:
                speaking = jobs.create_task(teams.run(), name="teams")
                jobs.create_task(delivering.run(), name="engine")
                ticking = [
                    jobs.create_task(delivering.alarm.run(), name="alarm"),
                    jobs.create_task(delivering.failover.run(), name="failover"),
                    jobs.create_task(announcing.windows.run(), name="windows"),
                    *_watching(parts, jobs, pulse, delivering),
                    jobs.create_task(_heartbeat(parts, pulse, stop), name="heartbeat"),
                    jobs.create_task(_shared_cards(parts, teams), name="shared cards"),
                    jobs.create_task(_aloud(parts, teams), name="aloud"),
                    jobs.create_task(
                        write_behind("write answers", parts.desk.answers.recent, clock), name="write answers"
                    ),
                    jobs.create_task(
                        write_behind("write conversations", parts.desk.places, clock), name="write conversations"
                    ),
                    jobs.create_task(write_behind("write contacts", parts.contacts, clock), name="write contacts"),
                    jobs.create_task(recount(people.until_somebody, people.let_go, clock), name="recount"),
                    jobs.create_task(prune(parts.store, clock, _retention(settings)), name="prune"),
                    jobs.create_task(
                        heed_forgetting(parts.store, clock, parts.desk.places.begin_anew), name="heed forgetting"
                    ),
                ]
                await warn_of_ways(settings, parts.store)
                warn_of_desks(settings)
                ready(_address(runners[0]), parts)
                await stop.wait()
                log.info("stopping")
                jobs.create_task(delivering.stop(), name="stop engine")  # while answers end: both take seconds
                await _stop(runners, teams, speaking, settings.stop_timeout)
                for job in ticking:
                    job.cancel()
        finally:
            await _close(runners)


def _watching(
    parts: Parts, jobs: asyncio.TaskGroup, pulse: Pulse, delivering: Delivering
) -> "list[asyncio.Task[None]]":
    """One replica asks the sources and judges; the others read what it heard, and all read what people told any."""
    clock, people, places = parts.clock, parts.desk.people, parts.desk.places
    if not parts.shared:
        return [
            jobs.create_task(watch(parts.board, clock, went_round=pulse.beat), name="watch"),
            jobs.create_task(_judge(parts, delivering, AlwaysHeld()), name="incidents"),
        ]
    polling = StoreLease(parts.store, clock, name="watch", holder=uuid.uuid4().hex)
    pulse.stands_by = polling.lost.is_set

    async def count() -> None:
        await people.follow(parts.desk.catalogue.services, clock.now())

    async def look_again() -> None:
        places.follow()

    others: dict[str, Callable[[], Awaitable[None]]] = {
        "people": count,
        "places": look_again,
        "open incidents": partial(_know_open_ones, parts),
    }
    return [
        jobs.create_task(polling.run(), name="lease of watch"),
        jobs.create_task(watch(parts.board, clock, polling, went_round=pulse.beat), name="watch"),
        jobs.create_task(_judge(parts, delivering, polling), name="incidents"),
        jobs.create_task(follow(parts.board, clock, polling, others), name="follow"),
    ]


async def _judge(parts: Parts, delivering: Delivering, holding: Holding) -> None:
    """Whoever asks the sources judges: nobody hears them sooner."""
    kept = Incidents(parts.store, parts.board, judging_of(parts, _telling(parts, delivering)), holding=holding)
    is_drill = parts.desk.drill is not None
    desks = delivering.desks
    blind = BlindNews(parts.store, parts.board, delivering.changed, ways=desks, holding=holding, drill=is_drill)
    digest = Digest(
        parts.store, parts.board, delivering.changed, lambda of: parts.desk.house_of(of).zone, holding=holding
    )
    await watch_incidents(kept, parts.clock, holding, also={"blindness": blind.look, "digest": digest.look})


def _telling(parts: Parts, delivering: Delivering) -> Callable[[TenantId | None], Awaitable[None]]:
    """Whoever keeps something that a tenant is to be told of calls this: answers know of it, too."""

    async def changed(tenant: TenantId | None) -> None:
        await delivering.changed(tenant)
        await guarded("open incidents", partial(_know_open_ones, parts))

    return changed


async def _know_open_ones(parts: Parts) -> None:
    """Answers lead to the card of what is open."""
    await parts.desk.open.refresh(parts.store, parts.clock.now(), drill=parts.desk.drill is not None)


async def _heartbeat(parts: Parts, pulse: Pulse, stop: asyncio.Event) -> None:
    """Signs of life to a watchman, where there is one; a drill is nobody's life."""
    settings = parts.settings
    if settings.heartbeat_url is None or parts.desk.drill is not None:
        return
    url = Secret(settings.heartbeat_url, settings.heartbeat_url_file, of="heartbeat", read=hidden_url)

    def trouble() -> str | None:
        return parts.store.write_trouble or pulse.trouble(parts.clock.now())

    await Heartbeat(url, parts.fetcher, parts.clock, trouble=trouble).run(settings.heartbeat, stop)


async def _shared_cards(parts: Parts, teams: Front) -> None:
    async def draw(answer: Answer, place: Conversation) -> Outgoing | None:
        reply = await redrawn(parts.desk, answer, place, parts.clock.now())
        return None if reply is None else parts.outgoing(reply)

    await keep_shared_cards(parts.store, parts.clock, parts.desk.answers.marked, draw, teams.update)


async def _aloud(parts: Parts, teams: Front) -> None:
    """What everybody in a conversation may know after one of them pressed a button there."""
    aloud = parts.desk.aloud

    async def speak(word: Word) -> Outcome:
        return await teams.send(word.where, parts.outgoing(word.reply))

    await speak_aloud(parts.clock, aloud.next, aloud.again, speak)


def _retention(settings: Settings) -> Retention:
    return Retention(
        observations=settings.retention_observations,
        answers=settings.retention_answers,
        reports=settings.retention_reports,
        conversations=settings.retention_conversations,
        audit=settings.retention_audit,
        incidents=settings.retention_incidents,
        deliveries=settings.retention_deliveries,
        announcements=settings.retention_announcements,
    )


async def _stop(
    runners: Sequence[web.BaseRunner], teams: Front, speaking: asyncio.Task[None], patience: timedelta
) -> None:
    """Take no more, then wait for the answers that are under way: nobody is left without one that can be given."""
    await _close(runners)
    teams.stop()
    _, late = await asyncio.wait([speaking], timeout=patience.total_seconds())
    for task in late:
        log.warning("answers given up", after=patience.total_seconds())
        task.cancel()


async def _close(runners: Sequence[web.BaseRunner]) -> None:
    for runner in runners:
        await runner.cleanup()


async def _listen(parts: Parts, teams: Front) -> list[web.BaseRunner]:
    """The bot's endpoint and the page, on one address or on two."""
    settings = parts.settings
    bot_place, page_place = (settings.bind, settings.port), (settings.page_bind, settings.page_port)
    page = page_of(parts, _retention(settings))
    if bot_place == page_place:
        served = [(bot_place, _application(parts, [*teams.routes(), *page.routes()], page))]
    else:
        served = [
            (bot_place, _application(parts, teams.routes(), None)),
            (page_place, _application(parts, page.routes(), page)),
        ]
    patience = settings.stop_timeout.total_seconds()
    unreadable = partial(parts.texts.say, "page.unreadable", parts.desk.houses.page.language)
    doors, behind = list[web.BaseRunner](), list[web.BaseRunner]()  # closed in this order
    try:
        for (host, port), application in served:
            runner = web.AppRunner(application)
            behind.append(runner)
            await runner.setup()
            door = web.ServerRunner(
                Server(runner, unreadable, access_log=None, logger=discreet()), shutdown_timeout=patience
            )
            doors.append(door)
            await door.setup()
            await web.TCPSite(door, host, port).start()
    except OSError:
        await _close([*doors, *behind])
        raise
    return [*doors, *behind]


def _application(parts: Parts, routes: Sequence[web.RouteDef], page: Pages | None) -> web.Application:
    application = web.Application(
        client_max_size=LARGEST_REQUEST_BYTES, middlewares=[friendly(page.lost)] if page else []
    )
    application.on_response_prepare.append(harden)
    application.add_routes(routes)
    insiders = Insiders(parts.settings.metrics_from, parts.settings.trusted_proxies)
    health = HealthRoutes(partial(_troubles, parts), parts.board.measure, insiders)
    application.add_routes(health.routes())
    return application


async def _troubles(parts: Parts) -> dict[str, str]:
    """Each part that is not ready, and why."""
    found = {
        "database": await parts.store.read_trouble() or parts.store.write_trouble,
        "board": None if parts.board.look(None, parts.clock.now()) else "no source has said anything that is believed",
    }
    return {part: why for part, why in found.items() if why is not None}


def _address(runner: web.BaseRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
