"""Ten thousand spoilt pages for every parser: each must become observations or a refusal that says why.

    python -m tests.benchmarks.fuzz [--pages 10000] [SOURCE ...]

New pages on every run.  Prints one JSON line at the end: pages and seconds by source; a crash ends it with the page.
"""

import argparse
import json
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.test_any_bytes import SAVED_OF, read_soundly, read_wrongly


def fuzz(source: str, pages: int) -> float:
    """Seconds that so many pages of this source took."""

    @settings(
        max_examples=pages, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    @given(data=st.data())
    def read(data):
        read_soundly(data.draw(read_wrongly(SAVED_OF[source])), source)

    started = time.monotonic()
    read()
    return time.monotonic() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("sources", nargs="*", default=sorted(SAVED_OF))
    options = parser.parse_args()
    took = {source: round(fuzz(source, options.pages), 1) for source in options.sources}
    print(json.dumps({"benchmark": "fuzz", "pages": options.pages, "crashes": 0, "seconds": took}))  # noqa: T201
