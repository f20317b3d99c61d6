"""`audit`: who used a role or was refused, what it changed; `whoami`: who sits at this terminal."""

import dataclasses
from collections import Counter

from bot.clock import MachineClock
from bot.domain.conversation import Role
from bot.domain.observation import TenantId
from bot.settings import Settings
from bot.settings_specs import PREFIX
from bot.store import audit as deeds
from bot.store.engine import StoreError
from bot.store.peek import open_to_look
from bot.terminal.local import local_id
from bot.terminal.output import Output, csv_safe

DONE, OURS = 0, 1
SETTINGS = {
    Role.ADMIN: "NOTJUSTYOU_ADMINS",
    Role.HELPDESK: "NOTJUSTYOU_HELPDESK",
    Role.ANNOUNCER: "NOTJUSTYOU_ANNOUNCERS",
    Role.APPROVER: "NOTJUSTYOU_APPROVERS",
}
HEADS = ("when", "who", "role", "what", "before", "after", "tenant")


async def audit(out: Output, settings: Settings, *, limit: int, tenant: str | None) -> int:
    """The newest deeds, newest first; of one tenant or of all."""
    try:
        store = await open_to_look(settings.database_url, MachineClock())
        try:
            async with store.reading() as db:
                found = await (
                    deeds.recent(db, TenantId(tenant), limit=limit) if tenant else deeds.of_all(db, limit=limit)
                )
        finally:
            await store.close()
    except StoreError as error:
        out.complain("The database can't be read.", [str(error)])
        return OURS
    if out.form == "json":
        out.json([{**dataclasses.asdict(deed), "at": deed.at.isoformat()} for deed in found])
    else:
        out.table(HEADS, [_row(out, deed) for deed in found])
    return DONE


def _row(out: Output, deed: deeds.Deed) -> list[str]:
    cells = (deed.who, deed.role, deed.what, deed.before or "", deed.after or "", deed.tenant or "")
    shown = [csv_safe(cell) for cell in cells] if out.form == "plain" else [cell or "-" for cell in cells]
    return [deed.at.isoformat(timespec="seconds"), *shown]


def whoami(out: Output, settings: Settings) -> int:
    """The operator of this machine, and how many persons each setting gives a role to.  No ids of others."""
    given = Counter[str]()
    for tenant in settings.tenants:
        for setting in SETTINGS.values():
            given[setting] += len(getattr(tenant, setting.removeprefix(PREFIX).lower()))
    roles = sorted(SETTINGS)
    if out.form == "json":
        out.json({"id": local_id(), "roles": roles, "settings": {name: given[name] for name in SETTINGS.values()}})
        return DONE
    if out.form == "plain":
        out.table(["", ""], [["id", local_id()], ["roles", ",".join(roles)]])
    else:
        out.line(f"You are {local_id()}, with every role: whoever holds settings and database can do all.")
    out.table(["role", "setting", "persons"], [[role, name, str(given[name])] for role, name in SETTINGS.items()])
    if out.form == "people":
        out.line("Owners of a team have that role in their own team, where Graph may tell (TeamMember.Read.Group).")
        if not given[SETTINGS[Role.ADMIN]]:
            out.line(f"Nobody in Teams is an admin yet: put a directory object id into {SETTINGS[Role.ADMIN]}.")
    return DONE
