"""The words as shipped, read once."""

import pytest

from bot.content.texts import load_texts


@pytest.fixture(scope="session")
def texts():
    return load_texts()
