"""How many labelled windows `spikes` finds in long series, at how many false episodes, and how fast.

    python -m tests.benchmarks.spikes FOLDER

FOLDER holds series of "timestamp,value" and windows.json: file -> [[from, to], ...].  A window is found when an alarm
lies within it; every alarm outside all windows is a false episode.  "held_out" is what each series gets from the
threshold that was best for all others: the most windows found at no more than the allowed false episodes.  Prints one
JSON line.
"""

import argparse
import json
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.spike import Count
from bot.domain.surge import SURGE, Surges
from bot.terminal.spikes import spike_lines

THRESHOLDS = tuple(round(0.8 + 0.05 * step, 2) for step in range(25))
ALLOWED = 0.5  # false episodes per series-month
MONTH = timedelta(days=365.25 / 12)


@dataclass(frozen=True, kw_only=True)
class Series:
    lines: Sequence[str]
    counts: Sequence[Count]
    windows: Sequence[tuple[datetime, datetime]]

    @property
    def months(self):
        return (self.counts[-1].at - self.counts[0].at) / MONTH


@dataclass(frozen=True, kw_only=True)
class Score:
    found: int = 0
    windows: int = 0
    false: int = 0
    months: float = 0.0

    def __add__(self, other):
        return Score(
            found=self.found + other.found,
            windows=self.windows + other.windows,
            false=self.false + other.false,
            months=self.months + other.months,
        )

    @property
    def rate(self):
        return self.false / self.months

    def told(self):
        return {"found": self.found, "of": self.windows, "false": self.false, "per_month": round(self.rate, 2)}


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def series_of(file: Path, windows: Sequence[Sequence[str]]) -> Series:
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(",") for line in lines[1:]]
    return Series(
        lines=lines,
        counts=[Count(at=moment(at), value=float(value)) for at, value in pairs],
        windows=[(moment(first), moment(last)) for first, last in windows],
    )


def score_of(series: Series, alarms: Sequence[datetime]) -> Score:
    def inside(at):
        return any(first <= at <= last for first, last in series.windows)

    return Score(
        found=sum(any(first <= at <= last for at in alarms) for first, last in series.windows),
        windows=len(series.windows),
        false=sum(not inside(at) for at in alarms),
        months=series.months,
    )


def by_command(series: Series) -> tuple[Score, float]:
    """What the command says, and the seconds that it takes."""
    started = time.process_time()
    told = list(spike_lines(series.lines))
    took = time.process_time() - started
    return score_of(series, [moment(line["timestamp"]) for line in told]), took


def by_threshold(series: Series, threshold: float) -> Score:
    surges = Surges(threshold=threshold)
    found = [surges.take(count) for count in series.counts]
    return score_of(series, [surge.at for surge in found if surge is not None])


def best(scores: dict[float, Score]) -> float:
    """The threshold with the most windows at no more false episodes than allowed; of equals the one in their middle."""
    most = max((score.found for score in scores.values() if score.rate <= ALLOWED), default=0)
    equals = [each for each, score in scores.items() if score.rate <= ALLOWED and score.found == most]
    return equals[len(equals) // 2] if equals else max(scores)


def main(folder: Path) -> None:
    labelled = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    every = {name: series_of(folder / name, windows) for name, windows in sorted(labelled.items())}
    figures = {name: by_command(series) for name, series in every.items()}
    tried = {name: {each: by_threshold(series, each) for each in THRESHOLDS} for name, series in every.items()}

    def over(names: Collection[str]) -> dict[float, Score]:
        return {each: sum((tried[name][each] for name in names), Score()) for each in THRESHOLDS}

    chosen = {name: best(over(every.keys() - {name})) for name in every}
    result = {
        "benchmark": "spikes",
        "threshold": SURGE,
        "all": sum((score for score, _ in figures.values()), Score()).told(),
        "held_out": sum((tried[name][chosen[name]] for name in every), Score()).told(),
        "series": {name: score.told() for name, (score, _) in figures.items()},
        "seconds_each": round(sum(took for _, took in figures.values()) / len(figures), 2),
        "curve": {each: [score.found, round(score.rate, 2)] for each, score in over(every).items()},
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
