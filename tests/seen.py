"""What somebody sees: a card as its reader meets it, its buttons and its links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What somebody sees."""

    body: Mapping[str, Any]  # the Adaptive Card; empty when there is only text
    text: str  # every string of the card in reading order, or the text
    summary: str = ""
    activity: str = ""
    place: str = "personal"

    @property
    def buttons(self) -> dict[str, Mapping[str, Any]]:
        """Title -> data, of the buttons that come back to the bot."""
        found = [part for part in _walk(self.body) if part.get("type") == "Action.Execute"]
        return {action["title"]: action["data"] for action in found}

    @property
    def links(self) -> dict[str, str]:
        """Title -> address, of the buttons that open a page."""
        return {part["title"]: part["url"] for part in _walk(self.body) if part.get("type") == "Action.OpenUrl"}

    def data(self, verb: str) -> Mapping[str, Any]:
        """What the button with this verb sends."""
        found = [data for data in self.buttons.values() if data["verb"] == verb]
        assert found, f"no {verb} among {[data['verb'] for data in self.buttons.values()]}"
        return found[0]


def _walk(part: Any):
    if isinstance(part, Mapping):
        yield part
        for value in part.values():
            yield from _walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value)


def card_of(activity: Mapping[str, Any], place: str = "personal") -> Card:
    """A posted activity as a reader sees it."""
    attachments = activity.get("attachments") or []
    body = attachments[0]["content"] if attachments else {}
    return drawn(body, activity.get("text") or "", place, summary=activity.get("summary") or "")


def drawn(body: Mapping[str, Any], text: str, place: str, **more: str) -> Card:
    shown = [part["text"] for part in _walk(body.get("body", [])) if part.get("type") in ("TextBlock", "TextRun")]
    return Card(body=body, text="\n".join([*shown, *([text] if text else [])]), place=place, **more)
