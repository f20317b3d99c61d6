"""Keeps a job alive: the one place where any error is caught, counted and logged instead of ending the process."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.metrics import JOB_ERRORS
from bot.store.engine import StoreError
from bot.store.leases import LostLease

log = structlog.get_logger(__name__)


async def every(clock: Clock, period: timedelta, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`, wait `period`, and so on until cancelled.  An error in `work` ends that round only."""
    while True:
        await guarded(name, work)
        await clock.sleep(period)


async def guarded(name: str, work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Do `work` once; an error is logged, counted and given back.  Of the database's the store has spoken already."""
    try:
        await work()
    except (StoreError, LostLease) as error:
        JOB_ERRORS.labels(job=name).inc()
        return error
    except Exception as error:  # a bug in one job must not silence the others
        JOB_ERRORS.labels(job=name).inc()
        log.error("job failed", job=name, error=type(error).__name__, exc_info=True)
        return error
    return None
