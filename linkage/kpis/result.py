"""The business KPIs of a study as one answer: tables, a sentence each, a picture, rows for the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import LinkError
from linkage.kpis.definitions import ALL
from linkage.kpis.hiding import without_small_names
from linkage.kpis.intervals import difference
from linkage.kpis.provenance import OTHER_WAY, in_a_word
from linkage.publishing import METRICS_MIME, Published
from linkage.results import Result
from linkage.sentences import listed, number, plural
from linkage.suppressing import few_of

if TYPE_CHECKING:
    from linkage.plots import Picture

PAIRED = ("revenue_retention_net", "revenue_retention_gross")
"""One period's revenue is in the figures of two: their change has no interval from two separate ones."""


@dataclass(frozen=True, eq=False, repr=False)
class KpiSet(Result):
    """Business KPIs up to a period, each with its definition, its interval and its n.

    estimates : one row a KPI, group ("all", a channel, a gap) and period: kpi, label, group, period, estimate,
        std_error, low, high, n, clusters (customers behind it), suppressed, unit, better, basis (taken as recorded, or
        derived from what), definition, trap, reason (why there is no figure). A share is 0 to 1. Infinite: less than
        half of the waits are over. Each row rests on what was known at the end of its period.
    skipped : kpi, label and reason of those the study cannot answer.
    headline : the KPIs for a report's first page.
    parts : by KPI, why its newest figure is not compared with the one before: a period is not whole in its source.
    """

    study: str
    period: str
    estimates: pd.DataFrame
    skipped: pd.DataFrame
    headline: tuple[str, ...]
    confidence: float
    minimum_group: int
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def current(self) -> pd.DataFrame:
        """The newest row of each KPI and group: that of the period, or of the last cohort that is complete."""
        last = self.estimates.groupby("kpi", sort=False)["period"].transform("max")
        return self.estimates[self.estimates["period"] == last].reset_index(drop=True)

    @property
    def trend(self) -> pd.DataFrame:
        """Every KPI that is not split, period by period: one row a KPI, one column a period."""
        whole = self.estimates[self.estimates["group"] == ALL]
        wide = whole.set_index(["label", "period"])["estimate"].unstack("period")
        return wide.reindex(whole["label"].unique()).round(4)

    def figures(self, decimals: int = 3) -> pd.DataFrame:
        """The newest figures beside their definitions, rounded for reading; no group too small is named."""
        shown = without_small_names(self.current, self.minimum_group)[
            ["label", "group", "period", "estimate", "low", "high", "n", "unit", "better", "definition"]
        ]
        return shown.round(dict.fromkeys(("estimate", "low", "high"), decimals)).set_index(["label", "group"])

    def traps(self) -> pd.DataFrame:
        """What to beware of in reading each KPI."""
        return self.current.drop_duplicates("kpi").set_index("label")[["better", "trap"]]

    def summary(self) -> str:
        """A sentence for each KPI that is not split by group, the gaps of churn, and what could not be counted."""
        rows = self.current
        shown = rows[(rows["group"] == ALL) | (rows["kpi"] == "lapse_rate")].to_dict("records")
        said = [f"- {_sentence(row, self.confidence, self.minimum_group)}" for row in shown]
        first = (
            f"{self.study}, through {self.period}: {len(said)} figures, {len(self.skipped)} KPIs not counted."
        )
        lacking = [f"- Not counted: {r['label']}; it {r['reason']}." for r in self.skipped.to_dict("records")]
        return "\n".join([first, *said, *self._two_ways(), *self._in_part(), *lacking])

    def _in_part(self) -> list[str]:
        """Which figures rest on a part of a period, and why it is no more."""
        labels = self.current.drop_duplicates("kpi").set_index("kpi")["label"]
        reasons = dict.fromkeys(self.parts.values())
        named = {why: [labels[kpi] for kpi in self.parts if self.parts[kpi] == why] for why in reasons}
        return [
            f"- Not to be compared with the period before: {listed(n)}. {why}." for why, n in named.items()
        ]

    def _two_ways(self) -> list[str]:
        """Where the same matter is both derived and recorded, that the two figures answer two questions."""
        return [
            f"- {_with_basis(one)}, and {_with_basis(other)}: two questions, what customers did next and what was "
            "noted at the contact, so the two need not agree."
            for one, other in ((self._whole(a), self._whole(b)) for a, b in OTHER_WAY.items())
            if one is not None and other is not None
        ]

    def _whole(self, name: str) -> dict[str, object] | None:
        """The newest row of a KPI that is not split; None where it has no figure."""
        rows = self.current[(self.current["kpi"] == name) & (self.current["group"] == ALL)]
        return rows.iloc[-1].to_dict() if len(rows) and pd.notna(rows["estimate"].iloc[-1]) else None

    def plot(self, kpi: str | None = None, *, group: str = ALL) -> Picture:
        """One KPI over the periods (default: the first headline)."""
        from linkage.plots import draw_trend, nothing_to_draw

        if self.estimates.empty:
            return nothing_to_draw(f"{self.study} has no business KPI to draw.")
        name = kpi or (self.headline or tuple(self.estimates["kpi"]))[0]
        rows = self.estimates[(self.estimates["kpi"] == name) & (self.estimates["group"] == group)]
        if rows.empty:
            raise LinkError(self._unknown(name, group))
        known = rows.replace([float("inf"), float("-inf")], float("nan")).set_index("period")
        return draw_trend(known, label=rows["label"].iloc[0], unit=plural(rows["unit"].iloc[0]))

    def _unknown(self, name: str, group: str) -> str:
        lacking = self.skipped.loc[self.skipped["kpi"] == name, "reason"]
        if len(lacking):
            return f"{name} is not counted: it {lacking.iloc[0]}."
        groups = self.estimates.loc[self.estimates["kpi"] == name, "group"].unique()
        if len(groups):
            return f"{name} has no group {group!r}. It has: {', '.join(groups)}."
        return f"There is no KPI {name!r}. There are: {', '.join(self.estimates['kpi'].unique())}."

    def publish(self) -> Published:
        """The headline figures for the report's first page, with the change since the period before."""
        rows = tuple(self._headline(name) for name in self.headline)
        columns = ["label", "period", "estimate", "low", "high", "n", "unit"]
        columns += ["previous_estimate", "change", "change_low", "change_high"]
        shown = pd.DataFrame(rows, columns=columns)
        numbers = shown.select_dtypes("float").columns
        shown[numbers] = shown[numbers].round(3) + 0.0
        return Published(METRICS_MIME, rows, shown, "figures")

    def _headline(self, name: str) -> dict[str, object]:
        rows = self.estimates[(self.estimates["kpi"] == name) & (self.estimates["group"] == ALL)]
        now, before = rows.iloc[-1], rows.iloc[-2] if len(rows) > 1 else None
        shown = {k: now[k] for k in ("label", "unit", "period", "estimate", "low", "high")}
        nothing = dict.fromkeys(("previous_estimate", "change", "change_low", "change_high"), float("nan"))
        change = {"previous_period": None, **nothing}
        if before is not None:
            size, low, high = difference(now, before)
            limits = (float("nan"), float("nan")) if name in PAIRED else (low, high)
            change = {"previous_period": before["period"], "previous_estimate": before["estimate"]}
            change |= {"change": size, "change_low": limits[0], "change_high": limits[1]}
        named = {"metric": f"kpi_{name}", "kind": "kpi", "n": None if now["suppressed"] else int(now["n"])}
        lacking = {"no_figure": self._why_none(now)} if pd.isna(now["estimate"]) else {}
        basis = f"{in_a_word(now['basis'])}{self._other_way(name)}"
        part = {"part": self.parts[name]} if name in self.parts else {}
        return {**named, **shown, **change, **lacking, **part, "basis": basis}

    def _why_none(self, row: pd.Series) -> str:
        return few_of(self.minimum_group, "customers") if row["suppressed"] else str(row["reason"])

    def _other_way(self, name: str) -> str:
        """What the record says of a derived figure's matter; "" where it says nothing."""
        other = self._whole(OTHER_WAY.get(name, ""))
        if other is None:
            return ""
        return f"; as recorded: {_in_words(other['estimate'], other['unit'])}"


def _sentence(row: dict[str, object], confidence: float, minimum_group: int) -> str:
    name = row["label"] if row["group"] == ALL else f"{row['label']}, {row['group']}"
    if row["suppressed"]:
        return f"{name}: not shown, fewer than {minimum_group} customers ({row['period']})."
    if pd.isna(row["estimate"]):
        return f"{name}: not computed, {row['reason']} ({row['period']}; n = {row['n']:,})."
    value, low, high = (_in_words(row[part], row["unit"]) for part in ("estimate", "low", "high"))
    unit = "" if row["unit"] == "share" else f" {plural(row['unit'], row['estimate'])}"
    return (
        f"{name}: {value}{unit} in {row['period']} ({confidence:.0%} interval {low} to {high}; n = {row['n']:,}; "
        f"{row['basis']})."
    )


def _with_basis(row: dict[str, object]) -> str:
    return f"{row['label']} is {_in_words(row['estimate'], row['unit'])} ({row['basis']})"


def _in_words(value: float, unit: str) -> str:
    return f"{value:.1%}" if unit == "share" and pd.notna(value) else number(value)
