"""Which letters of a text are not seen, but move or hide what is: and what to show in their place."""

from __future__ import annotations

import re

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Names of several scripts are not spelt without them."""
KINDS = ("Cc", "Cf", "Cs")
"""Unicode's controls (a terminal obeys them), formats (they turn the order of reading) and halves of a letter."""


def unseen_in(text: str, beside: str = "") -> str:
    """The first letter that is not seen, as code writes it, such as \\x1b; empty where all are. beside : allowed."""
    return next((_written(letter) for letter in text if _is_unseen(letter) and letter not in beside), "")


def visible(text: str) -> str:
    """A text with each such letter as it is written in code; breaks of lines stay."""
    return re.sub(r"[^\n\t]", lambda found: _written(found[0]) if _is_unseen(found[0]) else found[0], text)


def _is_unseen(letter: str) -> bool:
    from unicodedata import category

    return category(letter) in KINDS and letter not in JOINERS


def _written(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
