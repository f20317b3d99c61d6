"""Activities as Teams sends them, each part changeable."""

from itertools import count
from typing import Any

from tests.replicas.identity import APP_ID, TENANT

BOT = f"28:{APP_ID}"
CHANNEL = "19:sales-general@thread.tacv2"
ROOT = "1700000000001"
GROUP = "19:group-chat@thread.v2"
PERSONAL = "a:1personal-chat-of-ann"
ANN = {"id": "29:ann", "name": "Ann", "aadObjectId": "22222222-2222-4222-8222-222222222222"}
BEN = {"id": "29:ben", "name": "Ben", "aadObjectId": "33333333-3333-4333-8333-333333333333"}
MENTION = "<at>Notjustyou</at>"
_ids = count(1)


def personal() -> dict[str, Any]:
    return {"conversation": {"conversationType": "personal", "id": PERSONAL, "tenantId": TENANT}}


def group() -> dict[str, Any]:
    return {"conversation": {"conversationType": "groupChat", "id": GROUP, "tenantId": TENANT, "isGroup": True}}


def channel(root: str = ROOT) -> dict[str, Any]:
    place = f"{CHANNEL};messageid={root}" if root else CHANNEL
    data = {
        "teamsChannelId": CHANNEL,
        "teamsTeamId": "19:sales-team@thread.tacv2",
        "channel": {"id": CHANNEL},
        "team": {"id": "19:sales-team@thread.tacv2"},
        "tenant": {"id": TENANT},
    }
    where = {"conversationType": "channel", "id": place, "tenantId": TENANT, "isGroup": True}
    return {"conversation": where, "channelData": data}


def activity(kind: str, service_url: str, **parts: Any) -> dict[str, Any]:
    """A whole activity of that type in Ann's personal chat, with `parts` put over it."""
    said = {
        "type": kind,
        "id": f"f:{next(_ids)}",
        "timestamp": "2026-03-02T09:40:00.123Z",
        "localTimestamp": "2026-03-02T10:40:00.123+01:00",
        "localTimezone": "Europe/Berlin",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": ANN,
        "recipient": {"id": BOT, "name": "Notjustyou"},
        "channelData": {"tenant": {"id": TENANT}},
        "locale": "en-GB",
        "entities": [
            {
                "type": "clientInfo",
                "locale": "en-GB",
                "country": "DE",
                "platform": "Windows",
                "timezone": "Europe/Berlin",
            }
        ],
    }
    return {**said, **personal(), **parts}


def mention(text: str = MENTION, *, bot: str = BOT) -> dict[str, Any]:
    return {"type": "mention", "text": text, "mentioned": {"id": bot, "name": "Notjustyou"}}


def press(service_url: str, data: Any, **parts: Any) -> dict[str, Any]:
    """A button of a card, pressed."""
    verb = data.get("verb") if isinstance(data, dict) else None
    action = {"type": "Action.Execute", "title": "Press", "verb": verb, "data": data}
    said = {
        "name": "adaptiveCard/action",
        "value": {"action": action, "trigger": "manual"},
        "replyToId": "1700000000777",
    }
    return activity("invoke", service_url, **said | parts)
