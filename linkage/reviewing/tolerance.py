"""Are two outputs the same but for a last digit? Only asked of cells that are tagged for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

NUMBER = re.compile(r"[+\-\u2212]?\d[\d,]*\.?\d*(?:[eE][+-]?\d+)?")
TAG = "tolerance-"


def tolerance_of(tags: Iterable[str]) -> float | None:
    """The share by which a cell's figures may differ: 1e-06 for the tag `tolerance-1e-6`; None without such a tag.

    Raises ValueError for a tag that names no share between 0 and 0.01: beyond, nothing is compared any more.
    """
    asked = [tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)]
    if not asked:
        return None
    try:
        share = float(asked[0])
    except ValueError:
        share = math.nan
    if not 0 < share <= 0.01:
        raise ValueError(f"The tag {TAG}{asked[0]} names no share above 0 and up to 0.01, such as {TAG}1e-6.")
    return share


def within(new: object, stored: object, share: float) -> object:
    """The new output with each figure that is within `share` of the stored one replaced by the stored.

    Texts must be the same but for their figures, and lists and tables of the same form: otherwise the new output
    comes back as it is, and differs.
    """
    if isinstance(new, dict) and isinstance(stored, dict):
        kept = {key: within(value, stored.get(key), share) for key, value in new.items()}
        return type(new)(kept)
    if isinstance(new, list) and isinstance(stored, list) and len(new) == len(stored):
        return [within(one, other, share) for one, other in zip(new, stored, strict=True)]
    if isinstance(new, float) and isinstance(stored, float | int):
        return stored if math.isclose(new, stored, rel_tol=share) else new
    if isinstance(new, str) and isinstance(stored, str):
        return _text_within(new, stored, share)
    return new


def _text_within(new: str, stored: str, share: float) -> str:
    figures, others = NUMBER.findall(new), NUMBER.findall(stored)
    if len(figures) != len(others) or NUMBER.split(new) != NUMBER.split(stored):
        return new
    near = all(
        math.isclose(_value(a), _value(b), rel_tol=share) for a, b in zip(figures, others, strict=True)
    )
    return stored if near else new


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
