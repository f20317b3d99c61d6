"""How facts are printed: for people with colour, plain with one fact a line, or as JSON.

Texts come from outside too: a sign that could move the cursor, colour the screen or turn the writing round is never
printed.  Colours are added after that, and only here.
"""

import io
import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

WIDE = 200  # columns of a table that goes into a file or a pipe
BOLD, DIM = "1", "2"
_SAYS_NOTHING = re.compile(r"[^\x20-\x7e]")


class Output:
    """Standard output in the form that was asked for."""

    def __init__(self, *, form: str = "people", colour: bool = True) -> None:
        """`form`: people, plain or json.  Colour is used only where somebody looks at it."""
        self.form = form
        self.colour = colour and form == "people" and sys.stdout.isatty()

    def json(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        """One JSON value on one line."""
        sys.stdout.write(as_json(value, sys.stdout.encoding or "utf-8") + "\n")
        sys.stdout.flush()

    def line(self, text: str = "", *, style: str = "") -> None:
        """One line, at once; `style`: a colour or BOLD, for eyes."""
        clean = printable(text, sys.stdout.encoding)
        sys.stdout.write(f"\x1b[{style}m{clean}\x1b[0m\n" if style and self.colour and clean else f"{clean}\n")
        sys.stdout.flush()

    def lines(self, texts: Iterable[str]) -> None:
        """Several lines."""
        for text in texts:
            self.line(text)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for people; plain gets a line a row, with tabs."""
        clean = [[printable(cell, sys.stdout.encoding) for cell in row] for row in rows]
        if self.form == "plain":
            sys.stdout.writelines("\t".join(row) + "\n" for row in clean)
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold" if self.colour else "")
        for head in heads:
            table.add_column(head, overflow="fold")
        for row in clean:
            table.add_row(*(Text(cell) for cell in row))
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
        drawn = io.StringIO()  # written by ourselves: rich ends the process when a reader leaves
        Console(file=drawn, force_terminal=self.colour, no_color=not self.colour, highlight=False, width=width).print(
            table
        )
        sys.stdout.write(drawn.getvalue())
        sys.stdout.flush()

    def complain(self, title: str, lines: Iterable[str] = ()) -> None:
        """What is wrong and what to do, on standard error."""
        for text in (title, *(f"  {line}" for line in lines)):
            sys.stderr.write(printable(text, sys.stderr.encoding) + "\n")


def csv_safe(cell: str) -> str:
    """A cell that a spreadsheet takes for text: one that begins like a formula gets an apostrophe before it."""
    return f"'{cell}" if len(cell) > 1 and cell[0] in "=+-@\t\r" else cell


def printable(text: str, encoding: str | None = "utf-8") -> str:
    """`text` on one line, without signs that steer a terminal, in what this encoding can write."""
    kept = "".join(sign if _is_shown(sign) else " " if sign.isspace() else "" for sign in text)
    return kept.encode(encoding or "utf-8", errors="replace").decode(encoding or "utf-8")


def as_json(value: Any, encoding: str = "utf-8") -> str:  # noqa: ANN401 - whatever JSON can say
    """One line of JSON: nothing is lost, and what can't be shown or written in this encoding is escaped."""
    text = json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf"), default=str)
    return _SAYS_NOTHING.sub(lambda found: found[0] if _is_shown(found[0]) else _escaped(found[0]), text)


def _is_shown(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def _escaped(sign: str) -> str:
    """The sign as JSON escapes it: in two halves where its number needs more than four digits."""
    return json.dumps(sign)[1:-1]
