"""Which units do better than their conditions predict, and what they do differently: the answer and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.results import Result
from linkage.sentences import in_sentence, listed, number, signed

if TYPE_CHECKING:
    from linkage.plots import Picture


@dataclass(frozen=True, eq=False, repr=False)
class PositiveDeviance(Result):
    """Units against what their conditions predict.

    estimates : one row a unit, the best first: name (a stand-in where fewer people than the minimum group work there
        or answered, or the others would tell such a unit; n, mean and predicted are then not shown), n, mean,
        predicted, estimate (distance from the prediction, drawn towards none; outcome units), std_error, low, high,
        p_value, q_value, kept (share of the distance that is not chance), is_better.
    conditions, mix : the columns held fixed; labels : what readers call them, where they are columns of the study.
    practices : what the better units do against the others, the conditions fixed: practice, label, better, others,
        estimate, std_error, low, high, p_value, p_adjusted (Holm), differs.
    spread : standard deviation of the true distances. explained : share of the differences that conditions tell.
    components : variances by chance. hidden : practices of people not shown, since too few stand behind them.
    reason : why there is no answer, else empty.
    """

    estimates: pd.DataFrame
    practices: pd.DataFrame
    outcome: str
    outcome_label: str
    conditions: tuple[str, ...]
    labels: Mapping[str, str]
    mix: tuple[str, ...]
    shared: tuple[str, ...]
    components: pd.Series
    spread: float
    explained: float
    rows: str
    hidden: tuple[str, ...]
    reason: str
    minimum_group: int
    confidence: float

    @property
    def better(self) -> pd.DataFrame:
        """The units that do better than predicted."""
        return self.estimates[self.estimates["is_better"].astype(bool)]

    def summary(self) -> str:
        if self.reason:
            return f"- Units against their conditions: not answered. {self.reason}"
        lines = [self._who(), self._what(), self._how()]
        return "\n".join(f"- {line}" for line in lines if line)

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The units that do better than predicted, ten at most; where none does, the five that come nearest to it."""
        kept = ["name", "n", "mean", "predicted", "estimate", "low", "high", "q_value", "is_better"]
        frame = self.better.head(10) if len(self.better) else self.estimates.head(5)
        return _rounded(frame.reindex(columns=kept).set_index("name"), decimals)

    def practice_table(self, decimals: int = 3) -> pd.DataFrame:
        """What they do differently, the clearest first."""
        kept = [
            "label",
            "better",
            "others",
            "estimate",
            "low",
            "high",
            "p_adjusted",
            "differs",
            "n_better",
            "n_others",
        ]
        frame = self.practices.reindex(columns=[*kept, "p_value"]).sort_values("p_value", kind="stable")
        return _rounded(frame[kept].set_index("label"), decimals)

    def plot(self) -> Picture:
        """Every unit's distance from what is predicted."""
        from linkage.constituency.drawing import draw_deviance

        return draw_deviance(self)

    def _who(self) -> str:
        found = self.better
        conditions, mix = (
            listed(self.labels.get(c, c) for c in names) or "nothing" for names in (self.conditions, self.mix)
        )
        told = f"{conditions}; and the mix of {mix}"
        if found.empty:
            top = self.estimates.iloc[0]
            return (
                f"No unit is shown to do better in {self._label()} than its conditions predict ({told}); the nearest "
                f"is {signed(top['estimate'])} ({number(top['low'])} to {number(top['high'])}), of "
                f"{len(self.estimates):,} units."
            )
        named = "; ".join(
            f"{r.name} {signed(r.estimate)} ({signed(r.low)} to {signed(r.high)})"
            for r in found.head(8)[["name", "estimate", "low", "high"]].itertuples(index=False)
        )
        more = f"; and {len(found) - 8:,} more" if len(found) > 8 else ""
        return (
            f"{len(found):,} of {len(self.estimates):,} units do better in {self._label()} than their conditions "
            f"predict ({told}): {named}{more}. Intervals allow for having chosen them."
        )

    def _label(self) -> str:
        return in_sentence(self.outcome_label)

    def _what(self) -> str:
        if len(self.better) < 2:
            return (
                "What it does differently is not asked: one unit is no pattern." if len(self.better) else ""
            )
        shown = self.practices[self.practices["differs"].astype(bool)]
        hidden = (
            f" Not shown, with fewer than {self.minimum_group} people behind them: {', '.join(self.hidden)}."
            if self.hidden
            else ""
        )
        if shown.empty:
            return (
                f"What they do differently: none of {len(self.practices):,} practices is shown to differ. What makes "
                f"them better is not among what is measured, or differs by less than could be seen.{hidden}"
            )
        said = "; ".join(
            f"{r.label} {number(r.better)} against {number(r.others)} (difference under the same conditions "
            f"{signed(r.estimate)}, {signed(r.low)} to {signed(r.high)})"
            for r in shown.itertuples()
        )
        return (
            f"What they do differently, of {len(self.practices):,} practices: {said}. Not shown: that it makes them "
            f"better.{hidden}"
        )

    def _how(self) -> str:
        chance = " and ".join(c.removesuffix("_id") + "s" for c in self.shared)
        more = f"; which {chance} a unit happens to have counts as chance" if chance else ""
        return (
            f"Conditions tell {self.explained:.0%} of the differences between units; what is left has a standard "
            f"deviation of {number(self.spread)} (of {self.rows}{more})."
        )


def _rounded(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    numbers = [c for c in frame.select_dtypes("number").columns if c not in ("n", "n_better", "n_others")]
    frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
    return frame
