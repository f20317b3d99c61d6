"""Whether Teams ever spoke to this registration, and how our last answer fared: from what a running `serve` noted."""

from collections.abc import Mapping
from pathlib import Path

from bot.store import contacts
from bot.store.contacts import SENT, Contact
from bot.store.engine import StoreError
from bot.store.peek import open_to_look
from bot.terminal.set_up.ids import SECRETS
from bot.terminal.set_up.step import REACH, Step, Tools, done, to_do
from bot.transports.outgoing import FailedReason
from bot.transports.teams.transport import PATH

RECEIVED, LAST_SEND = "last message received", "last answer sent"
_FILE = "sqlite:///"
_BY_REASON: Mapping[str, str] = {  # a FailedReason begins what is noted of a failed send
    FailedReason.NO_TOKEN: f"mend the step own token; {SECRETS}",
    FailedReason.NOT_REGISTERED: "Azure portal, Azure Bot, Configuration: Microsoft App ID must be NOTJUSTYOU_APP_ID",
    FailedReason.HOST_NOT_ALLOWED: "if your cloud's connector is elsewhere, name its host in NOTJUSTYOU_SERVICE_HOSTS",
    FailedReason.WRONG_HOST: "this tenant lives in another cloud: set NOTJUSTYOU_CLOUD",
    FailedReason.NOT_PERMITTED: "Teams admin centre, Manage apps: allow the app, and install it there again",
    FailedReason.UNREACHABLE: REACH,
    FailedReason.SERVICE_ERROR: "wait and write to the bot again: Microsoft's side failed",
    FailedReason.ANSWER_LOST: "write to the bot again: the answer to that send was lost on the way",
}
_OTHERWISE = "write to the bot again and look at the log of serve"


async def contact_steps(app_id: str, tools: Tools) -> tuple[Step, ...]:
    """The last activity and the last send of this app."""
    try:
        known = await _known(app_id, tools)
    except StoreError as error:
        do = "start `notjustyou serve` on this database, which brings it to this release"
        return (to_do(RECEIVED, f"the database can't be read: {error}", do),)
    if known.received_at is None:
        if known.sent_at is None:
            return (_never(tools),)
        return (_never(tools), _sent(known))
    received = done(RECEIVED, known.received_at.isoformat(timespec="seconds"))
    if known.sent_at is None:
        return (received, to_do(LAST_SEND, "nothing was sent yet", "write `help` to the bot in a personal chat"))
    return (received, _sent(known))


async def _known(app_id: str, tools: Tools) -> Contact:
    if not _is_there(tools.database_url):
        return Contact(app_id=app_id)
    store = await open_to_look(tools.database_url, tools.clock)
    try:
        async with store.reading() as db:
            return await contacts.get(db, app_id)
    finally:
        await store.close()


def _is_there(url: str) -> bool:
    return not url.startswith(_FILE) or Path(url.removeprefix(_FILE)).exists()


def _never(tools: Tools) -> Step:
    endpoint = f"{(tools.public_url or 'https://YOUR-HOST').rstrip('/')}{PATH}"
    do = (
        f"Azure portal, Azure Bot: 1. Configuration, Messaging endpoint {endpoint}; 2. Channels, Microsoft Teams: on; "
        "then 3. Teams admin centre, Manage apps: upload the file of `notjustyou package`; 4. write `help` to the bot"
    )
    return to_do(RECEIVED, "none ever: channel off, endpoint wrong, app not uploaded, or nobody wrote yet", do)


def _sent(known: Contact) -> Step:
    at = known.sent_at.isoformat(timespec="seconds") if known.sent_at else ""
    if known.send_result == SENT:
        return done(LAST_SEND, at)
    told = f"{known.send_result}, {at}: {known.send_error or 'no reason'}"
    if known.send_result != "failed":  # throttled or gone: Teams answered, and said why not there or not now
        return done(LAST_SEND, told)
    reason = (known.send_error or "").partition(":")[0]
    return to_do(LAST_SEND, told, _BY_REASON.get(reason, _OTHERWISE))
