"""What a command says when rows can't be read: nothing is wrong on a machine on which nothing was kept yet."""

from bot.store.errors import NothingKept, StoreError
from bot.terminal.output import Output

OURS = 1
_WHAT_MAKES_IT = (
    "`notjustyou serve` makes it when it starts.  (A drill has a passing one of its own.)",
    "If serve runs already: give this command its settings (NOTJUSTYOU_DATABASE_URL), and run it as the same user.",
)


def unreadable(out: Output, error: StoreError, title: str = "The database can't be read.") -> int:
    """Say it under this title, or that there is nothing yet.  Gives the exit code: what was asked for is not done."""
    if isinstance(error, NothingKept):
        out.complain("Nothing has been kept yet.", [str(error), *_WHAT_MAKES_IT])
    else:
        out.complain(title, [str(error)])
    return OURS
