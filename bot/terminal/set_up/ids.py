"""Whether the ids of a registration can be what they are taken for.  Pure: asks nobody.

What can't be at all (no GUID, two equal ids, a secret's id for its value) the settings refuse before.
"""

from bot.manifest.rules import guid_trouble
from bot.terminal.set_up.step import Step, done, to_do
from bot.transports.teams.registration import Registration

IDS, TYPE = "ids", "type"
OVERVIEW = "Entra admin centre (entra.microsoft.com), App registrations, your app, Overview"
SECRETS = "Entra admin centre (entra.microsoft.com), App registrations, your app, Certificates & secrets"


def ids_step(registered: Registration) -> Step:
    """App id and tenant id: there, and no placeholders."""
    app, tenant = registered.app_id or "", registered.tenant
    if not app:
        says = "no app id is set: only programs on this machine can speak to the bot"
        return to_do(IDS, says, "register a bot and set NOTJUSTYOU_APP_ID, NOTJUSTYOU_APP_SECRET, NOTJUSTYOU_TENANT_ID")
    for name, found, title in (
        ("NOTJUSTYOU_APP_ID", app, "Application (client) ID"),
        ("NOTJUSTYOU_TENANT_ID", tenant, "Directory (tenant) ID"),
    ):
        if found and guid_trouble(found):
            return to_do(IDS, f"{name} is a placeholder or a sample", f"copy the {title} from {OVERVIEW} into {name}")
    return done(IDS, f"app {app}" + (f", tenant {tenant}" if tenant else ""))


def type_step(registered: Registration) -> Step:
    """Whether how the app proves itself fits what is given."""
    if registered.secret is None:
        return done(TYPE, "a managed identity: no secret of ours")
    if not registered.tenant:
        says = "a single-tenant app without its tenant"
        return to_do(TYPE, says, f"copy the Directory (tenant) ID from {OVERVIEW} into NOTJUSTYOU_TENANT_ID")
    return done(TYPE, "a single-tenant app with a client secret")
