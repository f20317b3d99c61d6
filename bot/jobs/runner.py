"""Keeps a job alive: the one place where any error is caught, counted and logged instead of ending the process."""

import asyncio
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


async def sleep_or_news(clock: Clock, wait: timedelta, news: asyncio.Event) -> bool:
    """Wait so long, or until there are news, which are then taken.  Whether there were any."""
    if not news.is_set() and wait > timedelta(0):
        async with asyncio.TaskGroup() as both:
            waits = [both.create_task(clock.sleep(wait), name="wait"), both.create_task(_set(news), name="news")]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in waits:
                task.cancel()
    had = news.is_set()
    news.clear()
    return had


async def _set(news: asyncio.Event) -> None:
    await news.wait()
