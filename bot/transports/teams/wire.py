"""Between JSON on the wire and the SDK's models, by the models' own attribute maps.

The SDK's serializer takes most of a turn's time and reports a strange field as an error of ours; this walks the same
maps without it.  Two of its habits are not kept: it spells the tenant `tenantID` where the wire says `tenantId`, and it
cuts entities that it read down to their type.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from botbuilder import schema
from botbuilder.schema import Activity, ConversationAccount, ConversationParameters
from msrest.serialization import Model

_TENANT_ON_THE_WIRE = "tenantId"
_SPELLED_WRONG = (ConversationAccount, ConversationParameters)


_M = TypeVar("_M", bound=Model)


class WireError(ValueError):
    """Bytes that are not an activity.  The text says what was wanted."""


class WholeCard(dict[str, Any]):
    """A card that many activities share: the SDK copies activities deeply, and a card never changes."""

    def __deepcopy__(self, memo: object) -> "WholeCard":
        """Itself."""
        return self


class Outward(Activity):
    """An activity of ours on its way out.  The SDK copies it to address it; only its head changes, so only that is."""

    def __deepcopy__(self, memo: object) -> "Outward":
        """Another head over the same parts."""
        made = Outward.__new__(Outward)
        made.__dict__.update(self.__dict__)
        return made


class _Field(NamedTuple):
    attribute: str
    key: str
    model: type[Model] | None  # None: kept as it came
    many: bool


class _Shape(NamedTuple):
    """What one model looks like from both sides."""

    by_key: Mapping[str, _Field]
    by_attribute: Mapping[str, _Field]
    blank: Mapping[str, object]  # its attributes when nothing is set


_KNOWN: dict[type[Model], _Shape] = {}


def _shape(model: type[Model]) -> _Shape:
    if model not in _KNOWN:
        fields = tuple(_read_map(model))
        _KNOWN[model] = _Shape(
            by_key={field.key: field for field in fields},
            by_attribute={field.attribute: field for field in fields},
            blank=vars(model()),
        )
    return _KNOWN[model]


def _read_map(model: type[Model]) -> Iterator[_Field]:
    for attribute, said in model._attribute_map.items():  # one of two non-public names that we use; a test holds it
        kind = getattr(schema, said["type"].strip("[]"), None)
        nested = kind if isinstance(kind, type) and issubclass(kind, Model) else None
        key = _TENANT_ON_THE_WIRE if attribute == "tenant_id" and model in _SPELLED_WRONG else said["key"]
        yield _Field(attribute, key, nested, said["type"].startswith("["))


def read_activity(body: bytes) -> Activity:
    """The activity in a request's body, with its tenant filled in; raises WireError."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise WireError("the body is not JSON") from error
    if not isinstance(said, dict):
        raise WireError("wanted a JSON object")
    activity = to_model(Activity, said)
    _refuse_odd(activity)
    if not activity.conversation.tenant_id:
        activity.conversation.tenant_id = text_at(activity.channel_data, "tenant", "id")
    return activity


def to_model(model: type[_M], said: Mapping[str, Any]) -> _M:
    """One SDK model from its JSON object; unknown keys are kept apart in `additional_properties`."""
    shape, unknown = _shape(model), {}
    parts = dict(shape.blank)
    for key, value in said.items():
        field = shape.by_key.get(key)
        if field is None:
            unknown[key] = value
        elif value is not None:
            parts[field.attribute] = value if field.model is None else _nested(field, value)
    made = model.__new__(model)  # its constructor does no more than what `blank` holds, at ten times the price
    made.__dict__.update(parts, additional_properties=unknown)
    return made


def _nested(field: _Field, value: object) -> object:
    assert field.model is not None  # noqa: S101 - told to the type checker
    if field.many:
        if not isinstance(value, list):
            raise WireError(f"{field.key}: wanted a list")
        return [to_model(field.model, _object(field, item)) for item in value]
    return to_model(field.model, _object(field, value))


def _object(field: _Field, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WireError(f"{field.key}: wanted an object")
    return value


def _refuse_odd(activity: Activity) -> None:
    """What we rely on must be there and be text; all else is looked at where it is used."""
    if activity.conversation is None:
        raise WireError("conversation: missing")
    for name, value in (
        ("type", activity.type),
        ("serviceUrl", activity.service_url),
        ("channelId", activity.channel_id),
        ("conversation.id", activity.conversation.id),
    ):
        if not isinstance(value, str) or not value:
            raise WireError(f"{name}: wanted text")
    for name, value in (
        ("id", activity.id),
        ("text", activity.text),
        ("name", activity.name),
        ("locale", activity.locale),
        ("conversation.tenantId", activity.conversation.tenant_id),
        ("from.id", activity.from_property and activity.from_property.id),
        ("from.aadObjectId", activity.from_property and activity.from_property.aad_object_id),
        ("recipient.id", activity.recipient and activity.recipient.id),
    ):
        if value is not None and not isinstance(value, str):
            raise WireError(f"{name}: wanted text")


def text_at(value: object, *path: str) -> str | None:
    """The text at `path` in nested JSON objects; None when anything on the way is missing or something else."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None


def to_wire(model: Model) -> dict[str, Any]:
    """The JSON object of an SDK model, without what is not set."""
    said: dict[str, Any] = dict(getattr(model, "additional_properties", None) or {})
    fields = _shape(type(model)).by_attribute
    for attribute, value in vars(model).items():
        if value is not None and (field := fields.get(attribute)) is not None:
            said[field.key] = value if field.model is None and not isinstance(value, datetime) else _outward(value)
    return said


def _outward(value: object) -> object:
    if isinstance(value, Model):
        return to_wire(value)
    if isinstance(value, list):
        return [_outward(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def to_bytes(model: Model) -> bytes:
    """The model as it goes over the wire."""
    return msgspec.json.encode(to_wire(model))
