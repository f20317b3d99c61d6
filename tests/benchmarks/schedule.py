"""Random rules in random zones around clock changes, against a walk over every minute; by hand.

python -m tests.benchmarks.schedule [--rules 10000]
"""

import argparse
import json
import sys

from bot.clock import MachineClock
from tests.domain.test_schedule import compare


def main() -> None:
    """Print how many rules were compared, and how many differed, as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--from", dest="first", type=int, default=1000, help="the first seed")
    arguments = parser.parse_args()
    clock = MachineClock()
    started, differ = clock.monotonic(), []
    for seed in range(arguments.first, arguments.first + arguments.rules):
        try:
            compare(seed)
        except AssertionError as error:
            differ.append(str(error).splitlines()[0])
    seconds = round(clock.monotonic() - started, 1)
    told = {"benchmark": "schedule", "rules": arguments.rules, "differ": differ[:10], "seconds": seconds}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
