"""A credential that stands in a file is renewed there: used from the next poll on, without a restart, and told once."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.http import FetchError
from bot.settings import read_settings
from bot.source_setups import choice_of
from bot.sources import SOURCES
from bot.sources.source import SourceError
from tests.replicas import bluesky, reddit, x
from tests.replicas.downdetector import DowndetectorReplica
from tests.sources.conftest import running
from tests.sources.reading import read

WRONG = "wrong.example:wrong-and-renewed"
ASKED = {
    "x": (lambda clock: x.XReplica(clock.now), x.TOKEN),
    "reddit": (lambda clock: reddit.RedditReplica(clock.now), reddit.TOKEN),
    "bluesky": (lambda clock: bluesky.BlueskyReplica(clock.now), bluesky.TOKEN),
    "downdetector": (DowndetectorReplica, "dd-client:dd-secret"),
}


@pytest.fixture(params=ASKED)
async def outside(request, clock, fetcher, tmp_path):
    """Asks one source, set up as operators do, with what stands in a file; gives the file and the right words too."""
    make, right = ASKED[request.param]
    file = tmp_path / "token"
    file.write_text(WRONG)
    async with running(make(clock)) as replica:
        stem = f"NOTJUSTYOU_SOURCE_{request.param.upper()}"
        settings = read_settings({f"{stem}_URL": replica.url, f"{stem}_TOKEN_FILE": str(file)})
        source = SOURCES[request.param](choice_of(settings).setups[request.param])
        yield lambda: read(source, fetcher, clock), file, right


async def test_what_is_renewed_in_the_file_is_used_from_the_next_poll_on(outside):
    ask, file, right = outside
    with pytest.raises((SourceError, FetchError)):
        await ask()
    file.write_text(f"{right}\n")
    with capture_logs() as logs:
        assert await ask()
        assert await ask()
    assert [line["event"] for line in logs] == ["renewed secret is used"]
    assert right not in str(logs)


async def test_what_was_given_for_the_old_one_serves_no_longer(outside, clock):
    ask, file, right = outside
    file.write_text(right)
    assert await ask()
    file.write_text(WRONG)
    clock.set(clock.now() + timedelta(minutes=6))  # X: a count is asked again
    with pytest.raises((SourceError, FetchError)):
        await ask()


async def test_what_can_be_no_credential_is_told_once_and_the_old_one_serves_on(outside):
    ask, file, right = outside
    file.write_text(right)
    assert await ask()
    file.write_text("two\nlines")
    with capture_logs() as logs:
        assert await ask()
        assert await ask()
    (told,) = [line for line in logs if line["event"] == "renewed secret can't be used"]
    assert "one line" in told["wanted"]
    assert "two" not in str(logs)
