"""`forget PERSON`: erase what stands under an id, also while a server runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import MachineClock
from bot.domain.observation import TenantId
from bot.settings import Settings
from bot.store import audit, forget
from bot.store.engine import Store, StoreError
from bot.store.whose import tenants_kept
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.recorded import looked_at
from bot.terminal.whose import deny, is_known, tenant_meant

DONE, OURS, USAGE = 0, 1, 2
PATIENCE = timedelta(seconds=15)  # a running server writes in between
KINDS = (
    "the person's directory object id, such as 00000000-0000-0000-0000-000000000000 (they see it by writing: whoami);",
    "the id of their chat with the bot, such as a:1qhN… or 19:…@unq.gbl.spaces; or",
    "their id in Teams, such as 29:1bSn…, for somebody without a directory id.",
)
BY_PLATFORM = (
    "Whoever has a directory object id is counted by that one and not found by an id in Teams: do it for both."
)
REMAINS = (
    "Codes of days that are longer gone than two days can't be found by anybody: their keys are destroyed.",
    "A running server holds a person's last report and tests in memory, for half an hour at most, and writes them to no"
    " row.  Within a minute it knows that it has to begin anew with whoever writes again.",
    "Backups that were made before still hold these rows.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What was erased."""

    rows: Mapping[str, int]  # by table
    days: tuple[date, ...]  # whose codes could be found

    @property
    def count(self) -> int:
        return sum(self.rows.values())


async def erase(out: Output, settings: Settings, person: str, tenant: str | None) -> int:
    """Erase; print what went, by table.  2 when that can be nobody's id, or when there is no such tenant."""
    person = person.strip()
    if not forget.is_known_kind(person):
        out.complain(f"{person!r} is no id that anything could stand under.  Wanted is one of:", KINDS)
        return USAGE
    of = tenant_meant(settings, tenant)
    try:
        kept = await _tenants(settings)
        if not is_known(settings, of, kept):
            deny(out, settings, tenant, kept)
            return USAGE
    except StoreError as error:
        return unreadable(out, error, "The database can't be used.")
    try:
        done = await _erase(settings, person, of)
    except StoreError as error:
        out.complain("Not everything was erased; please do it again.", [str(error)])
        return OURS
    _tell(out, person, tenant, done)
    return DONE


async def _tenants(settings: Settings) -> Sequence[TenantId]:
    """Those with rows, only looked at: no database is made in order to forget in it."""
    async with looked_at(settings) as store, store.reading() as db:
        return await tenants_kept(db)


async def _erase(settings: Settings, person: str, of: TenantId | None) -> _Done:
    clock = MachineClock()
    store = await Store.open(settings.database_url, clock, patience=PATIENCE)
    try:
        async with store.reading() as db:
            meant = await forget.meant_by(db, person, of)
        done = _Done(rows=await forget.forget(store.transaction, meant), days=meant.days)
        async with store.transaction() as db:
            await audit.add(db, _deed(clock, of, done.count))
    finally:
        await store.close()
    return done


def _tell(out: Output, person: str, tenant: str | None, done: _Done) -> None:
    if out.form == "json":
        out.json({"erased": done.rows, "rows": done.count, "codes_of_days": [str(day) for day in done.days]})
        return
    if done.count or out.form == "plain":
        out.table(["table", "rows"], [[name, str(rows)] for name, rows in done.rows.items()])
    else:
        where = f" in the tenant {tenant!r}" if tenant else ""
        out.line(f"Nothing is kept under {person}{where}, so nothing was erased.")
    if out.form == "people":
        out.lines(REMAINS if not person.startswith("29:") else (BY_PLATFORM, *REMAINS))


def _deed(clock: MachineClock, tenant: TenantId | None, rows: int) -> audit.Deed:
    """That it was done, and by whom; not for whom."""
    return audit.Deed(
        tenant=tenant,
        at=clock.now(),
        who=local_id(),
        role=audit.OPERATOR,
        what=audit.FORGET,
        after=f"{rows} rows",
    )
