"""`audit`: who used a role or was refused, what it changed; `whoami`: who sits at this terminal."""

from bot.clock import MachineClock
from bot.domain.conversation import Role
from bot.settings import Settings, TenantSettings
from bot.settings_specs import PREFIX
from bot.store import audit as deeds
from bot.store.engine import StoreError
from bot.store.peek import open_to_look
from bot.store.whose import tenants_kept
from bot.terminal.local import local_id
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output, csv_safe
from bot.terminal.whose import deny, is_known, tenant_meant

DONE, USAGE = 0, 2
SETTINGS = {
    Role.ADMIN: "admins",
    Role.HELPDESK: "helpdesk",
    Role.ANNOUNCER: "announcers",
    Role.APPROVER: "approvers",
}
HEADS = ("when", "who", "role", "what", "before", "after", "tenant")


async def audit(out: Output, settings: Settings, *, limit: int, tenant: str | None) -> int:
    """The newest deeds, newest first; of one tenant or of all."""
    of = tenant_meant(settings, tenant)
    try:
        store = await open_to_look(settings.database_url, MachineClock())
        try:
            async with store.reading() as db:
                found = await (deeds.recent(db, of, limit=limit) if of is not None else deeds.of_all(db, limit=limit))
                kept = () if found else await tenants_kept(db)
        finally:
            await store.close()
    except StoreError as error:
        return unreadable(out, error)
    if not found and not is_known(settings, of, kept):
        deny(out, settings, tenant, kept)
        return USAGE
    if out.form == "json":
        out.json([_facts(deed) for deed in found])
    elif not found and out.form == "people":
        out.line("Nobody has used a role, or was refused.")
    else:
        out.table(HEADS, [_row(out, deed) for deed in found])
    return DONE


def _facts(deed: deeds.Deed) -> dict[str, str | None]:
    """Under the heads of the table."""
    return {"when": deed.at.isoformat(), **{head: getattr(deed, head) for head in HEADS[1:]}}


def _row(out: Output, deed: deeds.Deed) -> list[str]:
    cells = (deed.who, deed.role, deed.what, deed.before or "", deed.after or "", deed.tenant or "")
    shown = [csv_safe(cell) for cell in cells] if out.form == "plain" else [cell or "-" for cell in cells]
    return [deed.at.isoformat(timespec="seconds"), *shown]


def whoami(out: Output, settings: Settings) -> int:
    """The operator of this machine, and how many persons each setting gives a role to.  No ids of others."""
    given = [
        (role, _spelled(tenant, name), len(getattr(tenant, name)))
        for tenant in settings.tenants
        for role, name in SETTINGS.items()
    ]
    roles = sorted(SETTINGS)
    if out.form == "json":
        out.json({"id": local_id(), "roles": roles, "settings": {name: persons for _, name, persons in given}})
        return DONE
    if out.form == "plain":
        out.table(["", ""], [["id", local_id()], ["roles", ",".join(roles)]])
    else:
        out.line(f"You are {local_id()}, with every role: whoever holds settings and database can do all.")
    out.table(["role", "setting", "persons"], [[role, name, str(persons)] for role, name, persons in given])
    if out.form == "people":
        out.line("Owners of a team have that role in their own team, where Graph may tell (TeamMember.Read.Group).")
        for role, name, persons in given:
            if role is Role.ADMIN and not persons:
                out.line(f"Nobody in Teams is an admin yet: put a directory object id into {name}.")
    return DONE


def _spelled(tenant: TenantSettings, name: str) -> str:
    """The setting as its writer calls it."""
    return f"tenant.{tenant.name}.{name}" if tenant.name else f"{PREFIX}{name.upper()}"
