"""Commands that people type ("language german", "site Berlin") -> name and argument.  Knows no sentences."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.understand.lengths import speaks_of_length
from bot.understand.text import plain
from bot.understand.wishes import wanted_of

_LONGEST = 120  # characters: a longer message is a sentence, unless it announces something
_ARGUMENT_WORDS = {"language": 2, "site": 4, "subscribe": 4, "unsubscribe": 4, "mute": 6, "deliveries": 1}
_VERBS = frozenset(
    {"is", "are", "not", "ist", "est", "es", "down", "isnt", "wont", "cant", "doesnt", "geht", "nicht", "è"}
)
_TEXT = re.compile(r"[0-9A-Za-z]{8}(?: \d{1,3})?", re.ASCII)  # a reference, and perhaps a page


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as typed; a language argument is its two letters where we know it, else the word as written."""

    name: str
    argument: str = ""


def typed_command(text: str) -> Typed | None:
    """The command that a message is, None when it is a sentence."""
    written = " ".join(text.split())
    normal = _normal(written)
    if not normal:
        return Typed("help") if written.strip("?！？! ") == "" and "?" in written.replace("？", "?") else None
    if (name := _whole().get(normal)) is not None:
        return Typed(name)
    if len(normal) <= _LONGEST:
        for pattern, name in _patterns():
            if pattern.fullmatch(normal):
                return Typed(name)
    for start, command in _openings():
        if not normal.startswith(start) or not (rest := normal[len(start) :].lstrip(": ")):
            continue
        if start[0] < "\u3000" and normal[len(start)] not in " :":
            continue
        argument = _as_written(written, start)
        if _fits(command, rest, argument):
            return Typed(command, _languages().get(rest, argument) if command == "language" else argument)
    return None


def _fits(command: str, rest: str, argument: str) -> bool:  # noqa: PLR0911 - one line a rule
    """Whether what follows can be this command's argument rather than the rest of a sentence."""
    if command == "announce":
        return "?" not in argument
    if command == "announcement_text":
        return bool(_TEXT.fullmatch(argument))
    if len(argument) > _LONGEST or argument.endswith("?"):
        return False
    if command == "subscribe" and not wanted_of(argument).unknown:
        return True  # however long: every word of it is one of ours
    if len(rest.split()) > _ARGUMENT_WORDS[command]:
        return False
    if command == "language":
        return rest in _languages() or len(rest.split()) == 1
    if command == "mute":
        return speaks_of_length(argument)
    return rest.split(maxsplit=1)[0] not in _VERBS


def _as_written(written: str, start: str) -> str:
    """What follows the command's own words, in the writer's letters."""
    return " ".join(written.lstrip("/ ").split()[len(start.split()) :]).strip(" .!:\"'")


def _normal(text: str) -> str:
    return " ".join(re.sub(r"[^\w/?]+", " ", plain(text[:4_000]).lower()).replace("?", " ? ").split()).strip(" ?")


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("words/commands.toml").read_text("utf-8"))


@cache
def _whole() -> dict[str, str]:
    return {_normal(words): name for name, listed in _lists()["whole"].items() for words in listed if _normal(words)}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(one), name) for name, listed in _lists()["pattern"].items() for one in listed)


@cache
def _openings() -> tuple[tuple[str, str], ...]:
    """Longest first, so that "my site is" goes before "my site"."""
    pairs = ((_normal(words), name) for name, listed in _lists()["argument"].items() for words in listed)
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _languages() -> dict[str, str]:
    return {_normal(word): code for code, listed in _lists()["languages"].items() for word in listed}
