"""DBOS Transact as a queue on PostgreSQL: the only file that knows it.

It gives what a queue over several processes needs: at most one running workflow per partition (a job and a tenant).
Speed limits are ours: its partition limiter let four times the cap through.  Every call here blocks: call it from a
thread, never from the loop, whose own thread pool its asynchronous calls would replace.

No port is opened, nothing is told to anybody: no admin server, no conductor, no telemetry.
"""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dbos

SCHEMA = "notjustyou_engine"
VERSION = "1"  # of what is queued, the same for every release: replicas are upgraded one by one
QUEUE = "jobs"
_WORKFLOW = "job"
_WAITS = "connect_timeout=3&tcp_user_timeout=6000"  # seconds; milliseconds until a silent server counts as gone
_SEPARATOR = "|"
_TALKS_AGAIN_AFTER = 60.0  # seconds
_AT_ONCE = 200  # workflows removed in one statement

Perform = Callable[["Taken"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One workflow that a replica took from the queue."""

    id: str
    job: str
    tenant: str

    @classmethod
    def of(cls, workflow_id: str) -> "Taken":
        """Read it from its id."""
        job, tenant, _ = workflow_id.split(_SEPARATOR)
        return cls(id=workflow_id, job=job, tenant=tenant)


class DbosQueue:
    """The queue as one replica sees it.  A process can open one at a time."""

    def __init__(self, url: str, replica: str) -> None:
        """`url`: of the store; the queue has a schema of its own beside it."""
        self._url = url if "connect_timeout=" in url else f"{url}{'&' if '?' in url else '?'}{_WAITS}"
        self._replica = replica
        self._client: dbos.DBOSClient | None = None

    def open(self, perform: Perform, *, poll_s: float, at_once: int) -> None:
        """Make the schema where it is missing, and begin; `perform` is awaited on a loop of the library's own."""
        _quieten()
        config: dbos.DBOSConfig = {
            "name": "notjustyou",
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self._replica,
            "sys_db_pool_size": 3,
            "use_listen_notify": False,
            "enable_otlp": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.25,  # nothing is asked; a long one delays our stop
            "scheduler_polling_interval_sec": 3600.0,
        }

        async def job(name: str, tenant: str) -> None:
            workflow_id = dbos.DBOS.workflow_id
            assert workflow_id is not None  # noqa: S101 - within a workflow there is one
            await perform(Taken(id=workflow_id, job=name, tenant=tenant))

        dbos.DBOS(config=config)
        dbos.DBOS.workflow(name=_WORKFLOW)(job)
        dbos.DBOS.launch()
        dbos.DBOS.register_queue(
            QUEUE,
            worker_concurrency=at_once,
            partition_concurrency=1,
            polling_interval_sec=poll_s,
            on_conflict="always_update",
        )
        self._client = dbos.DBOSClient(
            system_database_url=self._url,
            dbos_system_schema=SCHEMA,
            application_name="notjustyou",
            system_database_pool_size=2,
            retry_connection_errors=False,
        )

    def submit(self, keys: Iterable[tuple[str, str]]) -> None:
        """Queue these jobs and tenants, each once: one that waits already will see what is new when it starts."""
        client, wanted = self._open, set(keys)
        waiting = client.list_workflows(
            status="ENQUEUED",
            queue_name=QUEUE,
            workflow_id_prefix=[_prefix(*key) for key in wanted],
            load_input=False,
            load_output=False,
        )
        for job, tenant in wanted - {(one.job, one.tenant) for one in _read(waiting)}:
            options: dbos.EnqueueOptions = {
                "workflow_name": _WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"{_prefix(job, tenant)}{uuid.uuid4().hex}",
                "queue_partition_key": _prefix(job, tenant),
                "app_version": VERSION,
            }
            client.enqueue(options, job, tenant)

    def taken_by(self, replica: str, *, only: str | None = None) -> Sequence[Taken]:
        """Workflows that this replica took and has not ended.  `only`: look for this one."""
        found = self._open.list_workflows(
            status="PENDING",
            queue_name=QUEUE,
            executor_id=replica,
            workflow_ids=[only] if only else None,
            load_input=False,
            load_output=False,
        )
        return _read(found)

    def cancel(self, taken: Iterable[Taken]) -> None:
        """Take these from whoever had them: their partitions are free, and their outcome will not be kept."""
        if ids := [one.id for one in taken]:
            self._open.cancel_workflows(ids)

    def purge(self, before: datetime) -> None:
        """Forget workflows that ended before this moment."""
        while ended := self._open.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.astimezone(UTC).isoformat(),
            limit=_AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            self._open.delete_workflows([one.workflow_id for one in ended])

    def leave(self) -> None:
        """Take no more; workflows that are not performed to their end stay taken by us."""
        dbos.DBOS.destroy(destroy_registry=True)

    def close(self) -> None:
        """Let go of the last connections, after `leave`."""
        if self._client is not None:
            self._client.destroy()
            self._client = None

    @property
    def _open(self) -> dbos.DBOSClient:
        if self._client is None:
            raise RuntimeError("the queue is not open")
        return self._client


def _prefix(job: str, tenant: str) -> str:
    return f"{job}{_SEPARATOR}{tenant}{_SEPARATOR}"


def _read(found: Iterable[dbos.WorkflowStatus]) -> list[Taken]:
    return [Taken.of(one.workflow_id) for one in found if one.workflow_id.count(_SEPARATOR) == 2]  # noqa: PLR2004


class _NowAndThen(logging.Filter):
    """Lets each place in the library speak once a minute: while a database is away it would every second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._last.get(place, -_TALKS_AGAIN_AFTER) < _TALKS_AGAIN_AFTER:
            return False
        self._last[place] = now
        return True


def _quieten() -> None:
    """Its lines take the same way as ours.  It adds a handler of its own where it finds none."""
    logger = logging.getLogger("dbos")
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())
    logger.propagate = True
    if not any(isinstance(one, _NowAndThen) for one in logger.filters):
        logger.addFilter(_NowAndThen())
