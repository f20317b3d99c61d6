"""The tables of sentences/*.toml as cases for pytest."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent / "sentences"
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ja", "zh")


def cases(name: str, table: str) -> list[tuple[str, str]]:
    """(sentence, what it must be understood as) of one file."""
    lists = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))[table]
    return [(sentence, key) for key, sentences in lists.items() for sentence in sentences]
