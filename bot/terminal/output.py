"""How facts are printed: for people with colour, plain with one fact a line, or as JSON."""

import json
import sys
from collections.abc import Iterable
from typing import Any

WIDE = 200  # columns of a table that goes into a file or a pipe


class Output:
    """Standard output in the form that was asked for."""

    def __init__(self, *, form: str = "people", colour: bool = True) -> None:
        """`form`: people, plain or json.  Colour is used only where somebody looks at it."""
        self.form = form
        self.colour = colour and form == "people" and sys.stdout.isatty()

    def json(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        """One JSON value."""
        self.line(json.dumps(value, ensure_ascii=False, default=str))

    def line(self, text: str) -> None:
        """One line, at once."""
        sys.stdout.write(_printable(text) + "\n")
        sys.stdout.flush()

    def lines(self, texts: Iterable[str]) -> None:
        """Several lines."""
        for text in texts:
            self.line(text)

    def table(self, heads: list[str], rows: list[list[str]]) -> None:
        """A table for people; plain gets a line a row, with tabs."""
        if self.form == "plain":
            self.lines("\t".join(row) for row in rows)
            return
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold" if self.colour else "")
        for head in heads:
            table.add_column(head, overflow="fold")
        for row in rows:
            table.add_row(*(_escaped(cell) for cell in row))
        width = None if sys.stdout.isatty() else WIDE
        Console(file=sys.stdout, no_color=not self.colour, highlight=False, width=width).print(table)

    def complain(self, title: str, lines: Iterable[str] = ()) -> None:
        """What is wrong and what to do, on standard error."""
        for text in (title, *(f"  {line}" for line in lines)):
            sys.stderr.write(_printable(text) + "\n")

    def paint(self, text: str, style: str) -> str:
        """`text` in a colour or in bold, where somebody looks at it."""
        return f"\x1b[{style}m{_printable(text)}\x1b[0m" if self.colour else text


def _printable(text: str) -> str:
    """Without control characters that a hostile text might bring; our own colours stay."""
    kept = "".join(sign for sign in text if sign in "\n\t\x1b" or sign.isprintable() or sign == "\u00a0")
    encoding = sys.stdout.encoding or "utf-8"
    return kept.encode(encoding, errors="replace").decode(encoding)


def _escaped(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)
