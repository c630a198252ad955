"""What customers say, by period, and how the newest figures differ from the period before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import FEEDBACK
from linkage.days_held import in_part
from linkage.errors import LinkError, TableError, TooFewRowsError
from linkage.fetching import fetched_once
from linkage.memory import kept
from linkage.publishing import METRICS_MIME, Published
from linkage.results import Result
from linkage.rows import require_columns
from linkage.sentences import number
from linkage.study_file.declaration import Metric
from linkage.study_file.raw_notes import scale_changes

if TYPE_CHECKING:
    from linkage.metrics import MetricOverview
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

HEADLINES = 5
NET_PROMOTER_SCORE = "Net Promoter Score"
TABLES = ("link_survey", "link_unit_period")
"""Where feedback is, the finest first."""


def feedback_metrics(study: OpenStudy) -> list[Metric]:
    """The metrics that customers answer: of the feedback source, or of unit sources that are about feedback."""
    sources = [s for s in study.study.sources.values() if s.role == "feedback" or s.about == FEEDBACK]
    return [m for s in sources for m in study.study.metrics_of(s.name)]


def feedback_table(study: OpenStudy, period: object) -> pd.DataFrame:
    """The answers (or, without any, the unit means) up to a period.

    Raises TableError where a study holds no feedback at all, PeriodError where the period is none of its own: all
    there is would end in a period that is not over.
    """
    if not feedback_metrics(study) or not any(table in study.tables for table in TABLES):
        raise TableError(
            f"{study.name} holds no feedback: declare a source 'feedback', or one with 'about: feedback'."
        )
    return _rows_through(study, study.check_period(period))


@fetched_once
def _rows_through(study: OpenStudy, through: str) -> pd.DataFrame:
    table = next(table for table in TABLES if table in study.tables)
    return _each_its_own(study.table(table, through=through))


def _each_its_own(rows: pd.DataFrame) -> pd.DataFrame:
    """Among answers of known customers, one that names nobody stands for itself, or it would not be counted."""
    if "response_id" not in rows or not rows["customer_id"].notna().any():
        return rows
    return rows.assign(customer_id=rows["customer_id"].fillna("unnamed " + rows["response_id"]))


@kept
def overview_by_period(study: OpenStudy, *, period: object, by: str = "period") -> MetricOverview:
    """Every feedback metric by period (or another column), with interval and n."""
    from linkage.metrics import summarise_metrics

    rows = feedback_table(study, period)
    require_columns(rows, [by])
    is_answers = "response_id" in rows
    wanted = {
        m.name: {
            "kind": _kind(m, is_answers),
            "label": _score_label(study, m, _kind(m, is_answers)),
            **({"scale": m.scale} if is_answers and m.scale else {}),
        }
        for m in feedback_metrics(study)
        if m.name in rows
    }
    known = rows.dropna(subset=[by])
    cluster = _cluster(known) if is_answers else None
    return summarise_metrics(
        known, wanted, by=by, cluster=cluster, minimum_group=study.study.declared.minimum_group
    )


def _score_label(study: OpenStudy, metric: Metric, kind: str) -> str:
    """What a score is called: a Net Promoter Score is no answer of 0 to 10, whose label a metric carries."""
    if kind != "nps":
        return metric.label
    several = sum(m.score == "nps" for m in feedback_metrics(study)) > 1
    return f"{NET_PROMOTER_SCORE}: {metric.label}" if several else NET_PROMOTER_SCORE


def _kind(metric: Metric, is_answers: bool) -> str:
    """Shares of single answers cannot be counted on the means of units."""
    return metric.score if is_answers else "mean"


def _cluster(rows: pd.DataFrame) -> str | None:
    """Who answered (or which unit it is), where the rows tell: anonymous answers are free of each other."""
    column = "customer_id" if "response_id" in rows else "unit_id"
    return column if rows[column].notna().any() else None


_HEADLINE = (
    *("metric", "label", "kind", "unit", "period", "estimate", "low", "high", "n", "previous_period"),
    *("previous_estimate", "change", "change_low", "change_high"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Headlines(Result):
    """The newest figures against the period before.

    estimates : one row a metric: metric, label, kind, unit, period, estimate, low, high, n (missing where too few
        answered), previous_period, previous_estimate, change, change_low, change_high (missing where there is nothing
        to compare with).
    trend : the same metrics over all periods.
    scale_changes : by metric, the periods in which another scale began to be asked, and what had been before.
    parts : by metric, why the two periods are not compared: one of them is not whole in the source.
    """

    estimates: pd.DataFrame
    trend: pd.DataFrame
    scale_changes: dict[str, dict[str, str]] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def summary(self) -> str:
        rows = self.estimates.to_dict("records")
        said = " ".join(
            _headline_sentence(r, self.parts.get(r["metric"], "")) + self._change_sentence(r) for r in rows
        )
        return said or "No feedback metric has an answer yet."

    def plot(self, metric: str | None = None) -> Picture:
        """One metric over the periods (default: the first)."""
        from linkage.plots import draw_trend, nothing_to_draw

        if self.estimates.empty and metric is None:
            return nothing_to_draw(self.summary())
        name = metric or self.estimates["metric"].iloc[0]
        rows = self.trend[self.trend["metric"] == name]
        if rows.empty:
            made = ", ".join(self.estimates["metric"]) or "none"
            raise LinkError(f"No headline is made of {name!r}. Headlines there are: {made}.")
        return draw_trend(
            rows.set_index("period"),
            label=rows["label"].iloc[0],
            unit=rows["unit"].iloc[0],
            changes=self.scale_changes.get(name),
        )

    def _change_sentence(self, row: dict[str, object]) -> str:
        """That the two figures compared were asked on different scales, where they were."""
        changes = self.scale_changes.get(row["metric"], {})
        between = [
            words for p, words in changes.items() if str(row["previous_period"]) < p <= str(row["period"])
        ]
        if not between or row["previous_period"] is None:
            return ""
        return f" The scale changed in between ({between[-1]}), so older answers are rescaled."

    def publish(self) -> Published:
        """The figures for the report's first page."""
        shown = self.table().drop(columns=["metric", "previous_period"])
        # Beside a missing count pandas holds whole ones as fractions.
        rows = self.estimates.to_dict("records")
        rows = tuple({**row, "n": None if pd.isna(row["n"]) else int(row["n"])} for row in rows)
        rows = tuple(self._with_part(row) for row in rows)
        return Published(METRICS_MIME, rows, shown, "figures")

    def _with_part(self, row: dict[str, object]) -> dict[str, object]:
        words = self.parts.get(row["metric"])
        return {**row, "part": words} if words else row


@kept
def headlines(study: OpenStudy, *, period: object) -> Headlines:
    """How do the newest feedback figures stand, and did they change?

    The metrics the declared links speak of come first; at most five.
    """
    overview = overview_by_period(study, period=period).estimates
    named = [c for link in study.study.links.values() for c in (link.outcome, *link.drivers)]
    order = sorted(
        feedback_metrics(study), key=lambda m: named.index(m.name) if m.name in named else len(named)
    )
    chosen = [m for m in order if m.name in set(overview["metric"])][:HEADLINES]
    rows = [_headline(study, m, overview[overview["metric"] == m.name]) for m in chosen]
    trend = overview[overview["metric"].isin([m.name for m in chosen])].reset_index(drop=True)
    changes = {m.name: scale_changes(study.study, m) for m in chosen if m.was}
    parts = {r["metric"]: in_part(study, r["metric"], r["period"], r["previous_period"]) for r in rows}
    parts = {metric: words for metric, words in parts.items() if words}
    return Headlines(pd.DataFrame(rows, columns=_HEADLINE), trend, changes, parts)


def _headline(study: OpenStudy, metric: Metric, known: pd.DataFrame) -> dict[str, object]:
    """One row: the last period with enough answers up to the one asked for, and the one before it."""
    shown = known[~known["suppressed"]]
    last = shown.iloc[-1] if len(shown) else known.iloc[-1]
    row = {k: last[k] for k in ("metric", "label", "kind", "unit", "period", "estimate", "low", "high")}
    if study.study.sources[metric.of].role != "feedback":
        row["unit"] = metric.unit  # a mean of unit figures, in their unit
    row["n"] = None if last["suppressed"] else int(last["n"])
    before = shown.iloc[-2] if len(shown) > 1 else None
    row["previous_period"] = None if before is None else before["period"]
    row["previous_estimate"] = float("nan") if before is None else before["estimate"]
    return {**row, **_change(study, metric, row)}


def _change(study: OpenStudy, metric: Metric, row: dict[str, object]) -> dict[str, float]:
    from linkage.metrics import compare_waves

    nothing = dict.fromkeys(("change", "change_low", "change_high"), float("nan"))
    if row["previous_period"] is None:
        return nothing
    rows = feedback_table(study, row["period"])
    is_answers = "response_id" in rows
    try:
        found = compare_waves(
            rows,
            score=metric.name,
            wave="period",
            before=row["previous_period"],
            after=row["period"],
            kind=_kind(metric, is_answers),
            scale=metric.scale if is_answers else None,
            cluster=_cluster(rows),
            minimum_group=study.study.declared.minimum_group,
        ).estimates.iloc[0]
    except TooFewRowsError:
        return nothing
    return {"change": found["estimate"], "change_low": found["low"], "change_high": found["high"]}


def _headline_sentence(row: dict[str, object], part: str) -> str:
    """A figure with its change. part : why its two periods are not compared; "" where they are."""
    if pd.isna(row["estimate"]):
        return f"{row['label']}: too few answers to show."
    now = (
        f"{row['label']} ({row['kind']}) stands at {number(row['estimate'])} in {row['period']} "
        f"(95% interval {number(row['low'])} to {number(row['high'])}; n = {int(row['n']):,})"
    )
    if pd.isna(row["change"]):
        return f"{now}; there is no earlier period to compare with."
    if part:
        return f"{now}; not compared with {row['previous_period']}: {part}."
    moved = row["change_low"] > 0 or row["change_high"] < 0
    change = f"{number(row['change'])} ({number(row['change_low'])} to {number(row['change_high'])})"
    words = "it differs" if moved else "no change would give such figures too"
    return f"{now}; change since {row['previous_period']}: {change}, {words}."
