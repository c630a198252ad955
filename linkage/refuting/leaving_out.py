"""Does one unit, one period or one group carry a link? Each is left out in turn, exactly, by sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.fitted import KEPT_SHARE
from linkage.refuting.sample import LinkSample, codes_of, group_sums, solve

NAMED = ("unit_id", "period", "state", "segment", "region", "channel", "topic", "job", "kind")
"""Columns whose groups may be named in public; a customer's or an employee's never is."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """The main estimate with each group of a column left out.

    estimates : one row a group: group, estimate without it, n of the group; smallest estimate first.
    """

    column: str
    full: float
    estimates: pd.DataFrame

    @property
    def kept_share(self) -> float:
        """The smallest share of the estimate that is left, with its sign: 1 means nothing moves."""
        if self.full == 0:
            return float("nan")
        return float((self.estimates["estimate"] / self.full).min())


def leave_out(sample: LinkSample, column: str) -> LeftOut | None:
    """The estimate without each group of a column; None where it has fewer than three groups.

    Exact: what is left is solved from the cross products of all groups less those of the one.
    """
    if column not in sample.table or sample.table[column].isna().any():
        return None
    codes, labels = codes_of(sample.table[column])
    if len(labels) < 3:
        return None
    xx, xy, n = group_sums(sample, codes)
    rest = solve(xx.sum(axis=0) - xx, xy.sum(axis=0) - xy)[:, sample.place]
    frame = pd.DataFrame({"group": labels, "estimate": rest, "n": n})
    frame = frame.sort_values("estimate", kind="stable", ignore_index=True)
    return LeftOut(column, sample.estimate, frame)


def judge_left_out(found: LeftOut | None, column: str = "", *, shown: bool = True) -> Check:
    """PASS where the estimate keeps its sign and most of its size whichever group is missing.

    shown : the interval excludes zero; where it does not there is no link that a group could carry.
    """
    name = f"leave one out ({found.column if found else column})"
    if found is None or not np.isfinite(found.kept_share):
        return Check(
            name, NOT_ASSESSED, None, KEPT_SHARE, f"There are not three groups of {column} to leave out."
        )
    if not shown:
        return Check(name, NOT_ASSESSED, None, KEPT_SHARE, "No link is shown that one group could carry.")
    share = found.kept_share
    worst = found.estimates.loc[(found.estimates["estimate"] / found.full).idxmin()]
    who = f"{found.column} {worst['group']}" if found.column in NAMED else f"one {found.column}"
    if share < KEPT_SHARE:
        turned = "the sign turns" if share < 0 else f"only {share:.0%} of the estimate is left"
        return Check(
            name, REVIEW, share, KEPT_SHARE, f"Without {who} {turned}: the link rests on it. Look there."
        )
    return Check(
        name, PASS, share, KEPT_SHARE, f"Whichever is left out, at least {share:.0%} of the estimate stays."
    )
