"""Log lines: one fact each, as JSON or readable in a terminal, on standard error, with every secret blotted out.

The lines of libraries that use the standard logging take the same way, so that theirs are blotted too.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

BLOT = "(hidden)"
_SHORTEST_SECRET = 4  # blotting out shorter ones would make nonsense of every line and hide nothing
_CREDENTIALS = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"  # an Authorization header
    r"|\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}"  # a JSON Web Token, whole or cut short
    r"|(?i:(?<=client_secret=)|(?<=access_token=)|(?<=client_assertion=))[^&\s\"']+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # name and password within an address
)
_LOUD_LIBRARIES = ("httpx", "httpcore", "aiosqlite", "aiohttp.access", "sqlalchemy.engine", "alembic")  # info per call
_DEEPEST = 6

Redact = Callable[[str], str]


class Redactor:
    """Blots secrets, their URL-quoted forms and anything that looks like a credential."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """`secrets`: those that are known at the start."""
        self._secrets = frozenset(secrets)
        self._known = _pattern(self._secrets)

    def learn(self, secret: str) -> None:
        """Blot this one too from now on."""
        if secret not in self._secrets:
            self._secrets |= {secret}
            self._known = _pattern(self._secrets)

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(BLOT, text)
        return _CREDENTIALS.sub(BLOT, text)


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    spelled = {form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))}
    longest_first = sorted((form for form in spelled if len(form) >= _SHORTEST_SECRET), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def redactor(secrets: Iterable[str]) -> Redactor:
    """A function that blots these secrets, their URL-quoted forms and anything that looks like a credential."""
    return Redactor(secrets)


def hide(secret: str) -> None:
    """Blot this secret, learnt while running, out of every log line from now on."""
    _of_this_process.learn(secret)


_of_this_process = Redactor(())


def configure_logs(*, level: str, form: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Set up logging for this process.  `form`: auto, console or json; `stream`: standard error by default."""
    out = stream or sys.stderr
    for secret in secrets:
        hide(secret)
    readable = form == "console" or (form == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(shared, readable=readable))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in _LOUD_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(shared: list[Processor], *, readable: bool) -> logging.Formatter:
    """Blotting comes after the traceback has become text and before anything is written."""
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _blot(_of_this_process),
            render,
        ],
    )


def _blot(redact: Redact) -> Processor:
    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: _blotted(value, redact, 0) for key, value in event.items()}

    return process


def _blotted(value: object, redact: Redact, depth: int) -> object:
    """The same value without secrets; what is no plain value becomes text first."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {redact(str(key)): _blotted(inner, redact, depth + 1) for key, inner in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_blotted(inner, redact, depth + 1) for inner in value]
    return redact(str(value))
