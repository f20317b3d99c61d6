"""Tables of the README that are made from the product itself: `python -m tests.readme_tables` prints them."""

from datetime import timedelta

from bot.content.texts import Texts, load_texts
from bot.settings_specs import PREFIX, SPECS
from bot.store.kept import Keep, every
from bot.store.tables import metadata
from bot.web.keeping import lines

DAYS = {spec.name: spec.default for spec in SPECS}


def what_is_kept() -> list[str]:
    """The table under "What it keeps", line by line, with the days that hold when nothing is set."""
    texts: Texts = load_texts()

    def as_set(keep: Keep) -> timedelta | None:
        return timedelta(days=int(DAYS[keep.setting])) if keep.setting else None

    settings = {table.name: kept.how_long.setting for table, kept in every(metadata)}
    rows = ["| table | what | why | how long | setting |", "|--|--|--|--|--|"]
    for line in lines(texts, "en", as_set):
        name = settings[line.table]
        setting = f"`{PREFIX}{name}`" if name else ""
        rows.append(f"| `{line.table}` | {line.what} | {line.why} | {line.how_long} | {setting} |")
    return rows


if __name__ == "__main__":
    print("\n".join(what_is_kept()))  # noqa: T201 - to be put into the README
