"""Who got which time of an announcement: the newest, or whichever is asked for."""

import pytest

from tests.channels import subscribe
from tests.stories.announcing import KOLKATA, NIGHT, ROLES, Author, read
from tests.world import open_world

SALES = "19:sales@thread.tacv2"


@pytest.fixture
async def office(tmp_path):
    async with open_world(tmp_path, **ROLES) as world:
        await subscribe(world, KOLKATA, zone="Asia/Kolkata", language="en")
        yield world


async def until(world, day, hour):
    now = world.clock.now()
    await world.sleeps(seconds=(now.replace(day=day, hour=hour, minute=1, second=0) - now).total_seconds())
    await world.advance(seconds=5)


async def test_each_time_of_a_recurring_one_has_its_report(office):
    ann = Author(office)
    await ann.fills(times=NIGHT | {"repeat": "daily", "every": "1"})
    which = read(await ann.saves()).split("Its reference is ")[1][:8]
    assert office.words("announce.not_told", id=which) in read(await ann.writes(f"announce report {which}"))
    await until(office, 6, 21)
    await until(office, 7, 21)
    await subscribe(office, SALES)
    await until(office, 8, 21)
    await until(office, 9, 21)

    newest = read(await ann.writes(f"announce report {which}"))
    saturday = read(await ann.writes(f"announce report {which} 2026-03-07"))
    assert SALES in newest
    assert SALES not in saturday
    assert f"Who was told of {which} at 2026-03-07 22:00" in saturday
    assert saturday.count(KOLKATA) == 1, "the card; words under it that arrived need no line"

    count = int(newest.split("(1 of ")[1].split(",")[0])
    oldest = read(await ann.writes(f"announce report {which} {count}"))
    assert oldest.splitlines()[0] == saturday.splitlines()[0]
    assert set(ann.card.buttons) == {"The time after: 2026-03-08 22:00"}
    later = read(await ann.presses("announce.report.202603082200"))
    assert f"at 2026-03-08 22:00 ({count - 1} of {count}" in later
    assert read(await ann.presses("announce.report.202603072200")) == saturday

    unknown = read(await ann.writes(f"announce report {which} 2026-03-01"))
    assert "It was told at: " in unknown
    assert "2026-03-07 22:00" in unknown
