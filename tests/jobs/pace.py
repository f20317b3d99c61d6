"""How fast engines go in tests: they look ten times as often as the real ones."""

from dataclasses import replace
from datetime import timedelta

from bot.jobs.engine import Pace
from bot.jobs.leases import Terms

BRISK = Pace(
    sweep=timedelta(seconds=30),  # nothing here is to be found by luck
    poll=timedelta(milliseconds=50),
    stop_within=timedelta(seconds=1),
    terms=Terms(lasts=timedelta(seconds=15), renewed_every=timedelta(seconds=0.3)),  # nobody is to lose it
)
MORTAL = replace(BRISK, terms=Terms(lasts=timedelta(seconds=3), renewed_every=timedelta(seconds=0.3)))
