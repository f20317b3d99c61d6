"""Ids of rows that people's buttons refer to: nobody can guess one."""

import secrets

_ANSWER_BYTES = 16  # 128 bits


def new_answer_id() -> str:
    """An id of 22 characters that are safe in addresses and card data."""
    return secrets.token_urlsafe(_ANSWER_BYTES)
