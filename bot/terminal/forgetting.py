"""`forget PERSON`: erase what stands under an id, also while a server runs."""

from datetime import timedelta

from bot.clock import MachineClock
from bot.domain.observation import TenantId
from bot.settings import Settings
from bot.store import audit, forget
from bot.store.engine import Store, StoreError
from bot.store.peek import open_to_look
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.whose import tenant_meant

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


async def erase(out: Output, settings: Settings, person: str, tenant: str | None) -> int:
    """Erase; print what went, by table.  2 when that can be nobody's id."""
    person = person.strip()
    if not forget.is_known_kind(person):
        out.complain(f"{person!r} is no id that anything could stand under.  Wanted is one of:", KINDS)
        return USAGE
    clock, of = MachineClock(), tenant_meant(settings, tenant)
    try:
        await (await open_to_look(settings.database_url, clock)).close()  # none is made in order to forget in it
    except StoreError as error:
        return unreadable(out, error, "The database can't be used.")
    try:
        store = await Store.open(settings.database_url, clock, patience=PATIENCE)
        try:
            async with store.reading() as db:
                meant = await forget.meant_by(db, person, of)
            erased = await forget.forget(store.transaction, meant)
            async with store.transaction() as db:
                await audit.add(db, _deed(clock, of, sum(erased.values())))
        finally:
            await store.close()
    except StoreError as error:
        out.complain("Not everything was erased; please do it again.", [str(error)])
        return OURS
    if out.form == "json":
        out.json({"erased": erased, "rows": sum(erased.values()), "codes_of_days": [str(day) for day in meant.days]})
    else:
        out.table(["table", "rows"], [[name, str(rows)] for name, rows in erased.items()])
        if out.form == "people":
            out.lines(REMAINS if not person.startswith("29:") else (BY_PLATFORM, *REMAINS))
    return DONE


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
