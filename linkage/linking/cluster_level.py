"""At which level must a link's errors be clustered? Where its driver varies, whatever was declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.group_codes import each_in_one
from linkage.limits.designs import SHARED_NOISE_P
from linkage.refuting.higher_cluster import same_within, unit_codes
from linkage.refuting.sample import LinkSample

UNIT = "unit_id"


@dataclass(frozen=True)
class Level:
    """A level above a link's own clusters at which its errors belong together.

    column : of the rows. groups : how many there are, rows without one a group of their own. why : in words.
    """

    column: str
    groups: int
    why: str


def level_above(sample: LinkSample, own: str | None) -> Level | None:
    """The level at which a link's errors must be clustered instead of by its own column; None where that one will do.

    own : the column, None where rows were taken as independent.

    Where a driver is the same for all rows of a unit, employee or period, their number is the number of times it was
    seen, however many customers there are (Moulton 1990; Cameron and Miller 2015, section IV). Where it varies within
    units too, errors are clustered by unit as soon as the scores of different customers of a unit move together
    (`shared_noise`). Among several levels the coarsest.
    """
    found = [
        level
        for column in keys_among(sample.table, sample.cluster)
        if (level := _level(sample, column, own or "row"))
    ]
    return min(found, key=lambda level: level.groups, default=None)


def keys_among(columns: Iterable[object], own: str | None) -> list[str]:
    """Keys among the columns of a table (`_id`, by the rule of names) and the period, without the link's own."""
    return [c for c in columns if (str(c).endswith("_id") or c == "period") and c != own]


def _level(sample: LinkSample, column: str, own: str) -> Level | None:
    labels = sample.table[column]
    if labels.notna().mean() <= 0.5:
        return None
    codes = unit_codes(sample, labels)
    # Each row without a unit on its own would count as one unit more, and make few of them look like many.
    groups = labels.nunique(dropna=False)
    if groups > sample.groups.max() or each_in_one(codes, sample.groups) or _is_code(sample, column):
        return None
    rest = " Rows without one are one group more." if labels.isna().any() else ""
    for term in sample.terms:
        if same_within(sample, codes, term, by_period=column != "period"):
            same = f"{term.split('[T.')[0]} is the same for all rows of a {column}"
            return Level(column, groups, f"{same}: errors are clustered there, not by {own}.{rest}")
    if column == UNIT and min(shared_noise(sample, codes, t) for t in sample.terms) < _limit(sample):
        same = f"Rows of one {column} go together whatever their {own}"
        return Level(column, groups, f"{same}: errors are clustered there.{rest}")
    return None


def _is_code(sample: LinkSample, column: str) -> bool:
    """Whether a key only spells a driver otherwise (channel_id beside channel): its groups are no units."""
    beside = [d for d in sample.drivers if column == f"{d}_id" and d in sample.table]
    return any(_one_to_one(sample.table[column], sample.table[d]) for d in beside)


def _one_to_one(first: pd.Series, second: pd.Series) -> bool:
    pairs = pd.DataFrame({"first": first, "second": second}).drop_duplicates()
    return not pairs["first"].duplicated().any() and not pairs["second"].duplicated().any()


def _limit(sample: LinkSample) -> float:
    """One chance for all the drivers of a link (Bonferroni)."""
    return SHARED_NOISE_P / len(sample.terms)


def shared_noise(sample: LinkSample, codes: np.ndarray, term: str) -> float:
    """The chance that scores of different clusters lie together within units as they do, were they independent.

    codes : (n,) of the units. The sum over units of the squared score against its distribution when every cluster's
    scores have a sign of their own: a weighted sum of chi-squares, by its mean and variance (Satterthwaite 1946). The
    idea is the score-variance test of MacKinnon, Nielsen and Webb (2023, Journal of Econometrics 235, p. 2027).
    """
    from scipy.sparse import coo_array
    from scipy.stats import chi2

    outcome, driver = sample.partialled(term)
    size = driver @ driver
    if not size > 0:
        return 1.0
    scores = driver * (outcome - driver * (driver @ outcome / size))
    pieces = coo_array(
        (scores, (sample.groups, codes))
    ).tocsr()  # cluster by unit; what stands twice is summed
    together = pieces.T @ pieces
    total, squares = float(together.trace()), float((together.multiply(together)).sum())
    if not squares > 0:
        return 1.0
    seen = float((np.bincount(codes, weights=scores) ** 2).sum())
    return float(chi2.sf(seen * total / squares, total**2 / squares))
