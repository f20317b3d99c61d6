"""The whole product behind the Teams side, for `messages_per_core --answer tests.benchmarks.whole_job:whole`.

Real understanding, judging, advice, drawing and storing, on a board that is kept fresh from replicas in this process.
"""

import asyncio
import contextlib
import tempfile
from pathlib import Path

from bot.assembly import assembled, doors_of
from bot.clock import MachineClock
from bot.jobs.watch import watch
from bot.jobs.write_behind import write_behind
from bot.settings import read_settings
from tests.replicas.mastodon import MastodonReplica
from tests.replicas.microsoft_status import MicrosoftStatus
from tests.replicas.web_targets import WebTargets


@contextlib.asynccontextmanager
async def whole():
    """Yields the door that a message goes through."""
    clock = MachineClock()
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        status, web, mastodon = MicrosoftStatus(clock), WebTargets(), MastodonReplica(clock.now)
        for replica in (status, web, mastodon):
            await replica.start()
            stack.push_async_callback(replica.stop)
        environment = {
            "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
            "SOURCE_MS_PUBLIC_URL": status.url,
            "SOURCE_PROBE_URL": web.url,
            "SOURCE_NEUTRAL_URL": web.url,
            "SOURCE_DNS_URL": web.url,
            "SOURCE_ENDPOINTS_URL": web.url,
            "SOURCE_MASTODON_URL": mastodon.url,
            "SOURCES_OFF": "hn",
        }
        settings = read_settings({f"NOTJUSTYOU_{name}": value for name, value in environment.items()})
        parts = await stack.enter_async_context(assembled(settings, clock))
        jobs = [
            asyncio.ensure_future(watch(parts.board, clock)),
            asyncio.ensure_future(write_behind("answers", parts.desk.answers.recent, clock)),
            asyncio.ensure_future(write_behind("conversations", parts.desk.places, clock)),
        ]
        try:
            while not parts.board.look(None, clock.now()):
                await clock.sleep(parts.board.next_due(clock.now()) - clock.now())
            yield doors_of(parts).reply_to
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
