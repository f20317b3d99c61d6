"""How long one message takes to understand, and what the word lists cost.

Run: python -m tests.benchmarks.understanding.  Prints one JSON line: milliseconds per text (median, 99th percentile,
worst) over our own sentences and over hostile ones, milliseconds to load the lists, megabytes that they hold.
"""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from bot.understand.intent import load, understand
from bot.understand.posts import label_post
from tests.understand.sentences import LANGUAGES, cases

NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
HOSTILE = (
    "Teams is not working " * 2_000,
    "a " * 5_000,
    "x" * 100_000,
    "1" * 10_000,
    "since " * 3_000,
    "障害落ちて" * 2_000,
    "0xCAA " * 3_000,
)


def milliseconds(work: Callable[[str], object], texts: Iterable[str]) -> dict[str, float]:
    took = []
    for text in texts:
        started = time.perf_counter()
        work(text)
        took.append((time.perf_counter() - started) * 1_000)
    took.sort()
    return {
        "median": round(took[len(took) // 2], 3),
        "p99": round(took[int(len(took) * 0.99)], 3),
        "worst": round(took[-1], 3),
    }


def main() -> None:
    tracemalloc.start()
    started = time.perf_counter()
    load()
    load_ms, held = (time.perf_counter() - started) * 1_000, tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    texts = [text for name in (*LANGUAGES, "talk") for text, _ in cases(name, "intent")] * 5
    figures = {
        "understand_ms": milliseconds(lambda text: understand(text, now=NOW, zone="Europe/Berlin"), texts),
        "post_ms": milliseconds(label_post, [text for text, _ in cases("posts", "label")] * 5),
        "hostile_ms": milliseconds(lambda text: understand(text, now=NOW), HOSTILE),
        "load_ms": round(load_ms, 1),
        "lists_mb": round(held / 1e6, 1),
    }
    print(json.dumps(figures))  # noqa: T201 - a benchmark's figures are its output


if __name__ == "__main__":
    main()
