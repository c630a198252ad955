"""What touch points answer, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.ladder import NOT_SHOWN, verb_of
from linkage.results import Result
from linkage.sentences import NOUNS, capital, groups, interval_words, listed, number, outcome_amount
from linkage.touch_points.by_group import Groups
from linkage.touch_points.places import IMPROVE, KEEP, LOW, MAINTAIN

if TYPE_CHECKING:
    from linkage.plots import Picture

READ = {
    "label": "touch point", "n": "n", "performance": "performance", "performance_low": "low",
    "performance_high": "high", "against_overall": "against overall", "change": "change", "importance": "importance",
    "importance_low": "importance low", "importance_high": "importance high", "johnson": "johnson",
    "ranks": "rank", "johnson_ranks": "johnson rank", "place": "place",
}  # fmt: skip

OF_HEADLINES = ("customer_id", "unit_id")
"""Whose answers a headline figure takes together: who answered, or which unit it is."""


@dataclass(frozen=True, eq=False, repr=False)
class TouchPoints(Result):
    """The overall experience, and each touch point's importance against its performance.

    estimates : one row a touch point, the one that counts most first: label, unit, n, performance (mean of the period;
        low, high), position (0 to 1 of the scale), against_overall, against_others (shares of the scale), previous,
        change (low, high, change_p corrected by Holm); estimate, std_error, low, high (points of the overall rating
        for one point more, the others fixed), importance (share of what is explained, LMG) and johnson, each with low
        and high; rank, johnson_rank with low and high; is_above_noise, vif, simple_r; place, is_sure.
    overall : the overall rating, one row a way to count it. moves : each touch point that is short of the median of
        all, moved to it; missing for the others.
    groups : the same by segment. missing : parts that could not be answered, and what they would need.
    agree : whether both methods give the same order. r_squared, n_used, n_clusters : of the importances.
    of_units : rows are units, not single answers. grain, cluster : what n_used and n_clusters count.
    """

    estimates: pd.DataFrame
    overall: pd.DataFrame
    moves: pd.DataFrame
    groups: Groups | None
    missing: dict[str, str]
    link: str
    period: str | None
    level: str
    outcome_label: str
    outcome_unit: str
    agree: bool
    r_squared: float
    controls: tuple[str, ...]
    n_used: int
    n_clusters: int | None
    of_units: bool
    minimum_group: int
    seed: int
    confidence: float
    grain: str = "row"
    cluster: str = ""

    def summary(self) -> str:
        said = [self._overall(), self._together(), self._counts(), self._weak(), self._move(), self._groups()]
        said += [f"{part.capitalize()}: not answered. {reason}" for part, reason in self.missing.items()]
        return "\n".join(f"- {line}" for line in said if line)

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The priorities for reading, the touch point that counts most on top."""
        frame = self.estimates.copy()
        for name in ("rank", "johnson_rank"):
            if name in frame:
                frame[f"{name}s"] = [
                    _span(*pair) for pair in zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
                ]
        frame = frame[[c for c in READ if c in frame]].rename(columns=READ)
        return _rounded(frame.reset_index(drop=True).set_index("touch point"), decimals)

    def overall_table(self, decimals: int = 3) -> pd.DataFrame:
        """The overall experience and its change."""
        kept = ["label", "kind", "period", "estimate", "low", "high", "n", "previous_period", "change"]
        frame = self.overall.reindex(columns=[*kept, "change_low", "change_high"])
        return _rounded(frame.set_index("label"), decimals)

    def changes(self, decimals: int = 3) -> pd.DataFrame:
        """Each touch point against the period before; p-values corrected for their number."""
        kept = [
            "label",
            "previous_period",
            "previous",
            "performance",
            "change",
            "change_low",
            "change_high",
            "change_p",
        ]
        return _rounded(self.estimates.reindex(columns=kept).set_index("label"), decimals)

    def moves_table(self, decimals: int = 3) -> pd.DataFrame:
        """What goes with each touch point moved to the median of all."""
        kept = ["label", "mean", "target", "step", "slope", "estimate", "low", "high", "is_asked"]
        return _rounded(self.moves.reindex(columns=kept).set_index("label"), decimals)

    def by_segment(self, decimals: int = 3) -> pd.DataFrame:
        """Performance and importance in each group that is large enough to show."""
        frame = self.groups.estimates if self.groups is not None else pd.DataFrame()
        if frame.empty:
            return frame
        kept = ["by", "group", "label", "n", "performance", "performance_low", "performance_high"]
        kept += ["importance", "importance_low", "importance_high"]
        return _rounded(frame[kept].set_index(["by", "group", "label"]), decimals)

    def differences(self, decimals: int = 3) -> pd.DataFrame:
        """Whether groups differ at all: p-values of "the same in every group", corrected for how many were asked."""
        frame = self.groups.alike if self.groups is not None else pd.DataFrame()
        if frame.empty:
            return frame
        return _rounded(frame.drop(columns="touch_point").set_index(["by", "label"]), decimals)

    def plot(self) -> Picture:
        """Importance against performance, with both intervals."""
        from linkage.touch_points.drawing import draw_priorities

        return draw_priorities(self)

    def plot_segments(self, by: str | None = None) -> Picture:
        """Each touch point's performance in every group of a column (default: the first)."""
        from linkage.touch_points.drawing import draw_groups

        return draw_groups(self, by)

    def _overall(self) -> str:
        if self.overall.empty:
            return ""
        return " ".join(_standing_sentence(r, self.confidence) for r in self.overall.to_dict("records"))

    def _together(self) -> str:
        """Why these intervals are wider than those of the headline figures, where they are."""
        if self.overall.empty or not self.n_clusters or self.cluster in OF_HEADLINES:
            return ""
        return (
            f"The intervals on this page take the {NOUNS[self.grain]} of {groups(self.n_clusters, self.cluster)} as "
            "going together, as the link does, and rest on the link's rows. A headline figure of the same name takes "
            "each unit for itself, and all that are known: its interval answers how sure the mean of these very units "
            "is, and is narrower."
        )

    def _counts(self) -> str:
        if "importance" not in self.estimates or self.estimates["importance"].isna().all():
            return ""
        top = self.estimates.iloc[0]
        held = f", with {', '.join(self.controls)} held fixed" if self.controls else ""
        order = (
            "both methods give the same order" if self.agree else "the two methods do not give the same order"
        )
        loose = self.estimates[self.estimates["rank_low"] < self.estimates["rank_high"]]
        sure = (
            f"; the order is not sure for {listed(loose['label'])}" if len(loose) else "; every rank is sure"
        )
        noise = self.estimates[~self.estimates["is_above_noise"]]
        more = f" No more than a random column does: {listed(noise['label'])}." if len(noise) else ""
        basis = f"{self.n_used:,} {NOUNS[self.grain]}"
        basis += f" in {groups(self.n_clusters, self.cluster)}" if self.n_clusters else ""
        return (
            f"{top['label']} counts most: {top['importance']:.0%} of what is explained "
            f"({100 * self.confidence:g}% interval {top['importance_low']:.0%} to {top['importance_high']:.0%}; "
            f"{top['johnson']:.0%} by Johnson's weights); {order}{sure}.{more} Together the touch points explain "
            f"{self.r_squared:.0%} of {self.outcome_label}{held} (n = {basis}; {self.level}). The same "
            "answers hold both sides, so a mood of the day is in every share."
        )

    def _weak(self) -> str:
        if "place" not in self.estimates or self.estimates["importance"].isna().all():
            return ""
        parts = []
        for place in (IMPROVE, KEEP, MAINTAIN, LOW):
            names = self.estimates[self.estimates["place"] == place]
            if len(names):
                said = [f"{r.label}{'' if r.is_sure else ' (not sure)'}" for r in names.itertuples()]
                parts.append(f"{place}: {listed(said)}")
        said = "; ".join(parts)
        return f"{capital(said)}. Not sure: an interval reaches over the dividing line." if parts else ""

    def _move(self) -> str:
        asked = self.moves[self.moves["is_asked"]] if len(self.moves) else self.moves
        if asked.empty:
            return ""
        row = asked.iloc[0]
        if pd.isna(row["step"]):
            return (
                f"{row['label']} is the weakest that counts, and is not below the median of all touch points: nothing "
                "that counts lags behind."
            )
        scale = 100.0 if self.outcome_unit == "share" else 1.0
        within = interval_words(scale * row["low"], scale * row["high"], self.confidence)
        moving = (
            f"Moving every unit below the median unit up to it ({number(row['target'])}; mean {number(row['mean'])})"
            if self.of_units
            else f"Moving it from {number(row['mean'])} to {number(row['target'])}, the median of all touch points,"
        )
        return (
            f"{row['label']} is the weakest that counts. {moving} {verb_of(self.level, row['estimate'])} "
            f"{outcome_amount(row['estimate'], self.outcome_unit)} of {self.outcome_label} ({within}; {self.level}). "
            f"{NOT_SHOWN[self.level]}"
        )

    def _groups(self) -> str:
        if self.groups is None or self.groups.estimates.empty:
            return ""
        alike = self.groups.alike
        differ = alike[(alike["performance_p"] < 0.05) | (alike["slope_p"] < 0.05)]
        said = [f"{r.label} by {r.by} ({_in_what(r)})" for r in differ.itertuples()]
        hidden = sum(self.groups.hidden.values())
        more = (
            f" {hidden:,} groups are not shown, so that no figure speaks of fewer than {self.minimum_group}."
            if hidden
            else ""
        )
        if not said:
            shown = "No difference between groups is shown, in how well touch points are done or how much they count."
            return shown + more
        return f"Groups differ in {listed(said)}.{more}"


def _in_what(row) -> str:
    asked = (("how well", row.performance_p), ("how much", row.slope_p))
    return " and ".join(words for words, p_value in asked if p_value < 0.05)


def _standing_sentence(row: dict[str, object], confidence: float) -> str:
    how = "net score" if row["kind"] == "nps" else "mean"
    if pd.isna(row["estimate"]):
        return f"{row['label']} ({how}): too few answers to show."
    share = row["unit"] == "share"
    shown = (lambda v: f"{v:.1%}") if share else number
    said = (
        f"{row['label']} ({how}) stands at {shown(row['estimate'])} in {row['period']} ({100 * confidence:g}% "
        f"interval {shown(row['low'])} to {shown(row['high'])}; n = {row['n']:,})"
    )
    if pd.isna(row["change"]):
        return f"{said}; there is no earlier period to compare with."
    size = 100.0 if share else 1.0
    points = "" if row["kind"] == "nps" or not share else " percentage points"
    moved = row["change_low"] > 0 or row["change_high"] < 0
    span = interval_words(size * row["change_low"], size * row["change_high"], confidence)
    words = "it differs" if moved else "no change would give such figures too"
    return f"{said}; since {row['previous_period']} {number(size * row['change'])}{points} ({span}): {words}."


def _span(low: float, high: float) -> str:
    if pd.isna(low):
        return ""
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def _rounded(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    numbers = [c for c in frame.select_dtypes("number").columns if c not in ("n", "groups")]
    frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
    return frame
