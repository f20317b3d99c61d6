"""`send-test DESTINATION`: prove that an alert would get there: on a way beside Teams, or into a conversation.

Of a way each address is tried, also those that an alert needs only when the ones before them fail.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.assembly import Parts, assembled, teams_of
from bot.clock import MachineClock
from bot.content.texts import load_texts
from bot.domain.conversation import Face, Phrase, Reply, Scope
from bot.domain.observation import TenantId
from bot.logs import redactor
from bot.settings import Settings, TenantSettings
from bot.settings_ways import WaySettings
from bot.store import audit, conversations
from bot.store.conversations import Conversation
from bot.store.engine import Store, StoreError
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.whose import deny, tenant_meant
from bot.transports.outgoing import Outcome, Sent, Throttled, trouble_of
from bot.transports.ways import Ways

DONE, OURS, USAGE = 0, 1, 2
DEED = "send-test"
HEADS = ("destination", "address", "arrived", "says")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One address, and what became of a test there."""

    destination: str
    address: int  # counted from 1, first choice first; a conversation has one
    ok: bool
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneWay:
    way: WaySettings
    tenant: TenantSettings


async def send_test(out: Output, settings: Settings, destination: str, tenant: str | None) -> int:
    """Say for each address what happened: 0 when all took it, 1 when one did not, 2 when nothing is called so."""
    of = tenant_meant(settings, tenant)
    served = [one for one in settings.tenants if of in (None, one.tenant_id)]
    if not served and tenant is not None:
        deny(out, settings, tenant)
        return USAGE
    ways = [_OneWay(way=way, tenant=one) for one in served for way in one.fallbacks if way.way.name == destination]
    if len({each.way.addresses for each in ways}) > 1:
        names = ", ".join(each.tenant.name or "the first" for each in ways)
        out.complain(f"Several tenants call a way {destination!r}.", [f"Say which one with --tenant: {names}"])
        return USAGE
    if ways:
        return await _on_way(out, settings, ways[0])
    return await _in_teams(out, settings, destination, served)


async def _on_way(out: Output, settings: Settings, one: _OneWay) -> int:
    texts = load_texts()
    language = texts.choose(one.tenant.language, "en")[0]
    name, redact = one.way.way.name, redactor(settings.secrets)
    title = texts.say("send_test.title", language, way=name)
    text = texts.say("send_test.text", language, way=name)
    tried = []
    for number, address in enumerate(one.way.addresses, start=1):
        told = await Ways({name: (address,)}, redact=redact).send(name, title=title, text=text)
        tried.append(Tried(destination=name, address=number, ok=told.ok, says=told.reason or "taken"))
    _tell(out, tried)
    return await _noted(out, settings, one.tenant.tenant_id, f"way {name}", tried)


async def _in_teams(out: Output, settings: Settings, destination: str, served: Sequence[TenantSettings]) -> int:
    """A marked card into a conversation that the bot knows."""
    try:
        async with assembled(settings, MachineClock(), exclusive=False, looking=True) as parts:
            found = await _known(parts, settings, destination, served)
            if found is None:
                _unknown(out, destination, served)
                return USAGE
            async with teams_of(parts) as teams:
                outcome = await teams.send(found.destination, parts.outgoing(_card(parts, found)))
    except StoreError as error:
        out.complain(f"{destination!r} is no way of the settings, and no conversation that is known here.")
        return unreadable(out, error)
    tried = [Tried(destination=destination, address=1, ok=isinstance(outcome, Sent), says=_says(outcome))]
    _tell(out, tried)
    place = {Scope.PERSONAL: "a personal chat", Scope.GROUP: "a group chat"}.get(found.destination.scope, "a channel")
    return await _noted(out, settings, found.destination.tenant, place, tried)


async def _known(
    parts: Parts, settings: Settings, destination: str, served: Sequence[TenantSettings]
) -> Conversation | None:
    """The conversation with this id, of a tenant that was named; gone ones too: what Teams says of them is a test."""
    async with parts.store.reading() as db:
        everybody = {TenantId(each) if each else None for each in (one.tenant_id for one in served)}
        if not settings.is_registered:  # whoever comes from this machine is served, whatever tenant they name
            everybody |= set(await conversations.tenants(db))
        for tenant in sorted(everybody, key=lambda each: each or ""):
            if (found := await conversations.get(db, tenant, destination)) is not None:
                return found
    return None


def _unknown(out: Output, destination: str, served: Sequence[TenantSettings]) -> None:
    names = dict.fromkeys(way.way.name for one in served for way in one.fallbacks)
    known = f"Ways: {', '.join(names)}." if names else "No way is set (NOTJUSTYOU_FALLBACKS)."
    ids = "`notjustyou deliveries ID` shows ids of conversations; the bot must have been installed there."
    out.complain(f"There is no way and no conversation {destination!r}.", [known, ids])


def _card(parts: Parts, found: Conversation) -> Reply:
    house = parts.desk.house_of(found.destination.tenant)
    language, _ = parts.texts.choose(found.language, house.language)
    return Reply(
        face=Face.NOTICE,
        notes=(Phrase(key="send_test.card"),),
        personal=found.destination.scope is Scope.PERSONAL,
        at=parts.clock.now(),
        language=language,
        zone=found.zone or house.zone,
    )


def _says(outcome: Outcome) -> str:
    if isinstance(outcome, Sent):
        return "taken"
    if isinstance(outcome, Throttled):
        return f"not now: until {outcome.until.isoformat(timespec='seconds')} {outcome.said}".rstrip()
    return trouble_of(outcome)


def _tell(out: Output, tried: Sequence[Tried]) -> None:
    if out.form == "json":
        out.json([asdict(one) for one in tried])
    else:
        out.table(HEADS, [[one.destination, str(one.address), "yes" if one.ok else "no", one.says] for one in tried])


async def _noted(out: Output, settings: Settings, tenant: str | None, place: str, tried: Sequence[Tried]) -> int:
    """Leave a note of it; without an address, and without the id of anybody's chat."""
    clock = MachineClock()
    arrived = f"{place}: {sum(one.ok for one in tried)} of {len(tried)} arrived"
    whose = TenantId(tenant) if tenant else None
    deed = audit.Deed(
        tenant=whose, at=clock.now(), who=local_id(), role=audit.OPERATOR, what=DEED, after=arrived
    )  # fmt: skip
    try:
        store = await Store.open(settings.database_url, clock)
        try:
            async with store.transaction() as db:
                await audit.add(db, deed)
        finally:
            await store.close()
    except StoreError as error:
        out.complain("It was sent, and can't be noted in the audit.", [str(error)])
        return OURS
    return DONE if all(one.ok for one in tried) else OURS
