"""From the SDK's activity to our own Message, Press and ConversationEvent.  Pure; any activity gives something or None.

Who and where come from the activity's head, which the token vouches for; a card's data is only ever a wish.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from botbuilder.schema import Activity

from bot.domain.conversation import ConversationEvent, Destination, Life, Message, Person, Press, Scope
from bot.domain.observation import Client, TenantId
from bot.transports.teams.cleaning import plain_text
from bot.transports.teams.wire import text_at

_THREAD = ";messageid="
_BOT_ID = "28:"  # how Teams begins the ids of bots
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_VERB = re.compile(r"[a-z0-9_.]{1,64}", re.ASCII)
_ROW = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST_ZONE = 64
_MOST_INPUTS, _LONGEST_INPUT, _MOST_TYPED = 24, 2_000, 8_000  # a form's; choices of many come joined by commas
_WRITING = "announce."  # how verbs of the form begin in which long texts are written, and must not be lost
_LONGEST_TEXT, _MOST_TEXTS = 40_000, 130_000  # characters there: what is too long for a card is answered, and kept
_SCOPES = {"personal": Scope.PERSONAL, "groupChat": Scope.GROUP, "channel": Scope.CHANNEL}
_CLIENTS = {
    "windows": Client.WINDOWS,
    "mac": Client.MAC,
    "macos": Client.MAC,
    "web": Client.WEB,
    "ios": Client.IOS,
    "android": Client.ANDROID,
    "linux": Client.LINUX,
    "vdi": Client.VDI,
}
_EVENTS = {
    "channelRenamed": Life.RENAMED,
    "teamRenamed": Life.RENAMED,
    "channelDeleted": Life.DELETED,
    "teamDeleted": Life.DELETED,
    "teamHardDeleted": Life.DELETED,
    "channelRestored": Life.SEEN,
    "teamRestored": Life.SEEN,
}


def destination(activity: Activity) -> Destination:
    """The conversation that the activity came from, and its thread."""
    conversation, data = activity.conversation, activity.channel_data
    place, _, thread = conversation.id.partition(_THREAD)
    channel = text_at(data, "channel", "id") or text_at(data, "teamsChannelId")
    scope = _SCOPES.get(conversation.conversation_type) if isinstance(conversation.conversation_type, str) else None
    if scope is None:
        scope = Scope.CHANNEL if thread or channel else Scope.GROUP if conversation.is_group else Scope.PERSONAL
    return Destination(
        id=place,
        scope=scope,
        tenant=_tenant(activity),
        thread=thread or None,
        service_url=activity.service_url,
        bot_id=(activity.recipient and activity.recipient.id) or "",
        team=text_at(data, "team", "id") or text_at(data, "teamsTeamId"),
        channel=channel or (place if scope is Scope.CHANNEL else None),
    )


def message(activity: Activity) -> Message:
    """What the person wrote."""
    return _message(activity, _text(activity))


def _message(activity: Activity, text: str) -> Message:
    client = _client_info(activity)
    sender = activity.from_property
    platform = text_at(client, "platform")
    return Message(
        text=text,
        person=Person(
            id=(sender and sender.id) or "",
            directory_id=_directory_id(activity),
            tenant=_tenant(activity),
        ),
        destination=destination(activity),
        id=activity.id or "",
        language=_matching(_LANGUAGE, activity.locale) or _matching(_LANGUAGE, client.get("locale")),
        zone=_zone(activity.local_timezone) or _zone(client.get("timezone")),
        country=(_matching(_COUNTRY, client.get("country")) or "").upper() or None,
        client=_CLIENTS.get(platform.lower()) if platform else None,
    )


def press(activity: Activity) -> Press | None:
    """The button that was pressed; None when the data is not what our cards hold."""
    value = activity.value
    action = value.get("action") if isinstance(value, dict) else None
    data = action.get("data") if isinstance(action, dict) else value  # Action.Submit sends the data alone
    if not isinstance(data, dict):
        return None
    version, verb, row = data.get("v"), _matching(_VERB, data.get("verb")), _matching(_ROW, data.get("id"))
    said_apart = action.get("verb") if isinstance(action, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or verb is None or row is None:
        return None
    if said_apart not in (None, "", verb):
        return None
    typed = {key: value for key, value in data.items() if key not in ("v", "verb", "id")}
    inputs = _inputs(typed, writes=verb.startswith(_WRITING))
    if inputs is None:
        return None
    return Press(verb=verb, row=row, version=version, message=_message(activity, ""), inputs=inputs)


def event(activity: Activity) -> ConversationEvent | None:
    """What happened to the conversation; None when it is nothing that we keep."""
    life = _installation(activity) if activity.type == "installationUpdate" else _change(activity)
    if life is None:
        return None
    client = _client_info(activity)
    place, sender = destination(activity), activity.from_property
    lasting = _directory_id(activity) or (sender and sender.id) or ""
    return ConversationEvent(
        life=life,
        destination=place,
        person=lasting if place.scope is Scope.PERSONAL and lasting and not lasting.startswith(_BOT_ID) else None,
        language=_matching(_LANGUAGE, activity.locale) or _matching(_LANGUAGE, client.get("locale")),
        zone=_zone(activity.local_timezone) or _zone(client.get("timezone")),
    )


def _installation(activity: Activity) -> Life | None:
    if not isinstance(activity.action, str):
        return None
    return {"add": Life.INSTALLED, "remove": Life.REMOVED}.get(activity.action.split("-")[0])  # also "add-upgrade"


def _change(activity: Activity) -> Life | None:
    """Teams tells an installation twice; only installationUpdate counts as one, so that nobody is welcomed twice."""
    ours = activity.recipient and activity.recipient.id
    if ours and any(member.id == ours for member in activity.members_added or ()):
        return Life.SEEN
    if ours and any(member.id == ours for member in activity.members_removed or ()):
        return Life.REMOVED
    return _EVENTS.get(text_at(activity.channel_data, "eventType") or "")


def _text(activity: Activity) -> str:
    mentions = [entity for entity in activity.entities or () if entity.type == "mention"]
    ours = activity.recipient and activity.recipient.id
    marked = [
        text
        for mention in mentions
        if text_at(mention.additional_properties, "mentioned", "id") == ours
        and (text := text_at(mention.additional_properties, "text"))
    ]
    return plain_text(activity.text or "", marked, mentions_known=bool(mentions))


def _directory_id(activity: Activity) -> str | None:
    """The sender's, in lower case as the settings have it."""
    sender = activity.from_property
    return ((sender and sender.aad_object_id) or "").lower() or None


def _tenant(activity: Activity) -> TenantId | None:
    tenant = activity.conversation.tenant_id
    return TenantId(tenant.lower()) if isinstance(tenant, str) and tenant else None


def _client_info(activity: Activity) -> Mapping[str, Any]:
    for entity in activity.entities or ():
        if entity.type == "clientInfo":
            return dict(entity.additional_properties)
    return {}


def _matching(wanted: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and wanted.fullmatch(value) else None


def _zone(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _LONGEST_ZONE and _is_zone(value) else None


@lru_cache(maxsize=512)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # also for names that are paths; ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True


def _inputs(typed: Mapping[str, object], *, writes: bool) -> Mapping[str, str] | None:
    """What was typed or chosen on the card; None when it is more than any card of ours asks for."""
    longest, most = (_LONGEST_TEXT, _MOST_TEXTS) if writes else (_LONGEST_INPUT, _MOST_TYPED)
    if len(typed) > _MOST_INPUTS:
        return None
    if any(not isinstance(value, str) or len(value) > longest for value in typed.values()):
        return None
    if sum(len(str(value)) for value in typed.values()) > most:
        return None
    return {key: str(value) for key, value in typed.items()}
