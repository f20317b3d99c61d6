"""`announce over ID` and `announce extend ID 2h`: what runs is over, or takes longer; also while Teams is down.

A running server tells those who heard of it within seconds.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.domain.announcement import Occurrence, Phase
from bot.domain.occurring import Taken, ended, extended
from bot.store import occurrences, stepping
from bot.store.running_windows import resume
from bot.terminal.announcement_desk import USAGE, Desk, named
from bot.terminal.announcement_file import length_of
from bot.terminal.recorded import iso

DONE = 0
RUNNING = (Phase.IN_PROGRESS, Phase.EXTENDED, Phase.OVERRUN)

Step = Callable[[Occurrence], Taken | None]


async def over(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - what argparse read
    """It is over."""
    return await _steps(desk, arguments.id, "over", lambda each: ended(each, desk.now))


async def extend(desk: Desk, arguments: Any) -> int:  # noqa: ANN401 - as above
    """It takes longer."""
    by = length_of(arguments.by)
    if not by:
        return desk.refuse(f"{arguments.by[:40]!r} is no length of time.", ["Wanted one such as 4h, 90m or 1d 12h."])
    return await _steps(desk, arguments.id, "extend", lambda each: _longer(desk, each, by))


def _longer(desk: Desk, each: Occurrence, by: timedelta) -> Taken | None:
    """By so much: from its planned end, or from now where that has passed."""
    ends = max(each.ends_at or desk.now, desk.now if each.phase is Phase.OVERRUN else each.starts_at)
    return extended(each, ends + by, desk.now)


async def _steps(desk: Desk, typed: str, what: str, step: Step) -> int:
    """One step of everything of it that runs."""
    one = await named(desk, typed)
    if one is None:
        return USAGE
    async with desk.store.transaction() as db:
        running = [each for each in await occurrences.of_announcement(db, one.id) if each.phase in RUNNING]
        steps = [taken for each in running if (taken := step(each)) is not None]
        kept = await stepping.take(db, one, steps, desk.now)
        if any(each.final for each in kept):
            await resume(db, one.tenant, desk.now)
        if kept:
            await desk.note(db, one, what, f"until {iso(running[0].ends_at)}")
    if not kept:
        return desk.refuse(f"{one.id} is not in progress, so there is nothing to extend or to end.")
    after = [each.occurrence for each in kept]
    if desk.out.form == "json":
        desk.out.json([{"phase": each.phase, "zone": each.zone, "ends_at": iso(each.ends_at)} for each in after])
    else:
        desk.out.lines(f"{one.id} is {each.phase}, {each.zone}: until {iso(each.ends_at)}" for each in after)
    return DONE
