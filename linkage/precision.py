"""How precisely an answer is asked for: the coverage of its intervals, the draws behind them, and their seed."""

from __future__ import annotations

from math import ceil
from numbers import Integral, Real

from linkage.errors import LinkageError, LinkError


def check_confidence(confidence: float, *, kind: type[LinkageError] = LinkError) -> None:
    """Refuse a coverage that is no share between 0 and 1, such as 95 for 0.95.

    kind : the error raised.
    """
    if not isinstance(confidence, Real) or not 0 < confidence < 1:
        raise kind(
            f"confidence is a share between 0 and 1, the coverage of an interval, such as 0.95; not {confidence!r}."
        )


def check_draws(draws: int, *, confidence: float = 0.95, at_least: int = 1) -> None:
    """Refuse so few draws that none would lie beyond an end of a percentile interval of this coverage.

    That takes 2 / (1 - confidence) of them: 40 for 0.95, which leaves one in a tail of 2.5%.
    at_least : where a method wants more. Raises LinkError.
    """
    fewest = max(at_least, ceil(round(2 / (1 - confidence), 6)))
    if isinstance(draws, bool) or not isinstance(draws, Integral) or draws < fewest:
        raise LinkError(
            f"draws={draws!r} is too few for an interval, or no whole number: {fewest:,} at least, better 1,000."
        )


def check_seed(seed: int) -> None:
    """Refuse a seed that is no whole number of 0 or more: with none the same question would have other answers."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise LinkError(f"seed is a whole number, 0 or more, so that an answer repeats; not {seed!r}.")
