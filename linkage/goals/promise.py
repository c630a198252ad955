"""Promises kept, broken and exceeded: does breaking one cost more than exceeding one gives?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.card import label_of
from linkage.cards.parts.held import Held, as_sample, held_of
from linkage.cards.parts.levels import adjusted_bins
from linkage.cards.parts.neutral import penalty_reward
from linkage.catalogue import FEEDBACK
from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.goals.declared import GoalRules, PromiseRule
from linkage.goals.questions import undeclared_link, usual_outcome
from linkage.goals.rows import usable_controls
from linkage.grains import cluster_of
from linkage.kpis.intervals import clustered_share
from linkage.linking.link_rows import link_rows
from linkage.results import Result
from linkage.sentences import in_sentence, p_words, plural, signed
from linkage.study_file.declaration import LinkSpec
from linkage.suppressing import shown_groups

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

DAYS = "promise_days"
KEPT, BROKEN, EXCEEDED = "kept", "broken", "exceeded"
ORDER = [EXCEEDED, KEPT, BROKEN]
LATER, EARLIER, APART = "a day later", "a day earlier", "later and earlier together"
NO_PROMISE = (
    "No promise is recorded: a source of interactions with a promised time (`goals: {promise: {promised: ...}}`), or "
    "metrics days_late and days_early, would tell."
)


@dataclass(frozen=True, eq=False, repr=False)
class PromiseEffect(Result):
    """What a day later, and a day earlier, than promised goes with.

    estimates : rows a day later, a day earlier (outcome points each), and both together: zero where a day early
        makes up for a day late. groups : exceeded, kept, broken: the outcome, the rest held at its average, with n
        and clusters; share of the last period's promises, with its interval. reason : why there is none of it.
    p_value : of the asymmetry. sign : +1 where a higher outcome is better.
    """

    estimates: pd.DataFrame
    groups: pd.DataFrame
    outcome: str
    unit: str
    recorded: str
    kept_within: float
    sign: int
    level: str
    n_used: int
    clusters: int | None
    confidence: float
    reason: str = ""

    @property
    def p_value(self) -> float:
        return float("nan") if self.reason else float(self.estimates.loc[APART, "p_value"])

    @property
    def is_lopsided(self) -> bool:
        """Whether a broken promise weighs more than one exceeded by as much."""
        if self.reason:
            return False
        return bool(
            self.p_value < 1 - self.confidence and self.sign * self.estimates.loc[APART, "estimate"] < 0
        )

    def summary(self) -> str:
        if self.reason:
            return f"Promises: {self.reason}"
        return (
            f"Promises ({self.recorded}): {LATER} than promised goes with {self._said(LATER)} of {self.outcome}, "
            f"{EARLIER} with {self._said(EARLIER)}. {self._verdict()} "
            f"({self.confidence:.0%} intervals; n = {self.n_used:,}; {self.level})."
        )

    def _said(self, row: str) -> str:
        found = self.estimates.loc[row]
        return f"{signed(found['estimate'])} {plural(self.unit)} ({signed(found['low'])} to {signed(found['high'])})"

    def _verdict(self) -> str:
        said = f"p {p_words(self.p_value)}" if self.p_value < 0.001 else f"p = {p_words(self.p_value)}"
        if self.is_lopsided:
            return f"Breaking a promise weighs more than exceeding it by as much ({said})"
        if self.p_value < 1 - self.confidence:
            return f"Exceeding a promise weighs more than breaking it by as much ({said})"
        return f"That both weigh the same is not ruled out ({said})"

    def plot(self):
        from linkage.goals.drawing import draw_promise

        return draw_promise(self)


def promise_effect(
    study: OpenStudy, rules: GoalRules, *, through: str, confidence: float = 0.95
) -> PromiseEffect:
    """Is a broken promise worse than an exceeded one is good? Promised against actual dates, contact by contact.

    The slope of the outcome on days beyond the promise is let differ on both sides of zero (a gain or loss against
    a point of reference: Kahneman and Tversky 1979, Econometrica 47, 263-291), the controls of the declared link of
    lateness held fixed. Never raises for what the data lack: it says it.
    """
    found = _recorded(study, rules)
    if found is None:
        return _nothing(NO_PROMISE, confidence)
    rule, words = found
    link = _link_of(study, rules, rule)
    if link is None:
        return _nothing("No answer belongs to a contact: nothing says how promises were taken.", confidence)
    rows, spec = _rows(study, rule, link, through)
    try:
        held = held_of(as_sample(rows, spec, confidence))
        sides = penalty_reward(held, scale=None, better="lower")
    except (TooFewRowsError, FitError, TableError, LinkError) as error:
        return _nothing(str(error), confidence)
    if sides is None or sides.why != "zero":
        return _nothing("Too few answers to promises both broken and exceeded.", confidence)
    column = study.study.columns["interaction"][spec.outcome]
    table = _table(sides.estimates)
    return PromiseEffect(
        estimates=table,
        groups=_groups(held, rows, rule.kept_within, through, cluster_of(spec), _fewest(study)),
        outcome=label_of(column, False),
        unit=column.unit,
        recorded=words,
        kept_within=rule.kept_within,
        sign=-1 if column.better == "lower" else 1,
        level="L2" if spec.controls else "L1",
        n_used=len(held.driver),
        clusters=held.clusters,
        confidence=confidence,
    )


def _fewest(study: OpenStudy) -> int:
    return study.study.declared.minimum_group


def _nothing(reason: str, confidence: float) -> PromiseEffect:
    empty = pd.DataFrame(columns=["estimate", "std_error", "low", "high", "p_value", "df", "n"], dtype=float)
    return PromiseEffect(empty, pd.DataFrame(), "", "", "", 0.0, 1, "", 0, None, confidence, reason)


def _recorded(study: OpenStudy, rules: GoalRules) -> tuple[PromiseRule, str] | None:
    """Where promises are recorded: as declared, else a time called promised, else days late and early."""
    if "link_interaction" not in study.tables:
        return None
    columns, rule = study.study.columns["interaction"], rules.promise
    if rule is None:
        times = [n for n, c in columns.items() if c.kind == "time" and "promis" in n]
        if times:
            rule = PromiseRule(promised=times[0])
        elif {"days_late", "days_early"} <= set(columns):
            rule = PromiseRule(late="days_late", early="days_early")
    if rule is None:
        return None
    named = (rule.promised, rule.actual) if rule.promised else (rule.late, rule.early)
    there = study.connection.table("link_interaction").columns
    if any(n not in columns or n not in there for n in named):
        return None
    first, second = (in_sentence(columns[n].label) for n in named)
    return rule, f"{second} against {first}" if rule.promised else f"{first} and {second}"


def _link_of(study: OpenStudy, rules: GoalRules, rule: PromiseRule) -> LinkSpec | None:
    """The declared link of lateness with its controls; else the usual outcome with the kind of contact held fixed."""
    columns = study.study.columns["interaction"]
    lateness = {rule.late or "days_late", rule.early or "days_early"}
    for link in study.study.links.values():
        known = link.outcome in columns and columns[link.outcome].origin == FEEDBACK
        if link.grain == "interaction" and link.drivers[0] in lateness and known:
            controls = tuple(c for c in (*link.drivers[1:], *link.controls) if c not in lateness)
            return link.model_copy(update={"drivers": (DAYS,), "controls": controls})
    outcome = rules.outcome or usual_outcome(study, "interaction", columns)
    if outcome is None:
        return None
    spec = undeclared_link(study, "interaction", "promise", outcome, columns)
    return spec.model_copy(update={"drivers": (DAYS,)})


def _rows(study: OpenStudy, rule: PromiseRule, link: LinkSpec, through: str) -> tuple[pd.DataFrame, LinkSpec]:
    """Contacts with the days from promise to actual end: above zero late, below early, missing without a promise."""
    named = (rule.promised, rule.actual) if rule.promised else (rule.late, rule.early)
    asked = link.model_copy(
        update={"drivers": (), "controls": (*link.controls, *named), "segments": (link.outcome,)}
    )
    rows = link_rows(study, asked, through)
    if rule.promised:
        days = (rows[rule.actual] - rows[rule.promised]) / pd.Timedelta(days=1)
    else:
        days = rows[rule.late].astype("float64") - rows[rule.early].astype("float64")
    rows = rows.assign(**{DAYS: days})
    if link.name in study.study.links:
        return rows, link
    return usable_controls(rows, link)


def _table(sides: pd.DataFrame) -> pd.DataFrame:
    """The slopes as what a day later, and a day earlier, goes with: the one below zero is turned round."""
    later, below, apart = (sides.loc[name] for name in ("above", "below", "difference"))
    turned = {"estimate": -below["estimate"], "low": -below["high"], "high": -below["low"]}
    earlier = pd.Series({**below, **turned})
    return pd.DataFrame([later, earlier, apart], index=pd.Index([LATER, EARLIER, APART], name="part"))


def _groups(
    held: Held, rows: pd.DataFrame, within: float, period: str, cluster: str, fewest: int
) -> pd.DataFrame:
    """The outcome of promises exceeded, kept and broken, and how many of the last period's were."""
    codes = _codes(held.driver, within)
    kinds, own = np.unique(codes, return_inverse=True)
    last = rows[(rows["period"] == period) & rows[DAYS].notna()]
    shares = _shares(_codes(last[DAYS].to_numpy(), within), last[cluster], held.confidence)
    if len(kinds) < 2:
        return pd.DataFrame()
    fit = held.fit((own[:, None] == np.arange(1, len(kinds))).astype(float))
    dummies = (own[:, None] == np.arange(1, len(kinds))).astype(float)
    at = held.mean + (dummies - held.centre(dummies)) @ fit.coefficients
    table = adjusted_bins(held, at, fit.residuals, own, held.confidence)
    table.index = pd.Index([ORDER[k] for k in kinds], name="promise")
    shown = shown_groups(table["n"].to_numpy(), table["clusters"].to_numpy(), fewest)
    return table[shown].join(shares)


def _codes(days: np.ndarray, within: float) -> np.ndarray:
    return np.where(days > within, 2, np.where(days < -within, 0, 1))


def _shares(codes: np.ndarray, clusters: pd.Series, confidence: float) -> pd.DataFrame:
    group = pd.factorize(clusters)[0]
    rows = {}
    for k, name in enumerate(ORDER):
        x, y = np.bincount(group).astype(float), np.bincount(group, codes == k)
        sums = {"y": y.sum(), "x": x.sum(), "yy": y @ y, "xy": x @ y, "xx": x @ x}
        found = clustered_share(sums, len(x), confidence)
        rows[name] = {
            "share": found["estimate"], "share_low": found["low"], "share_high": found["high"], "n_last": int(x.sum()),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")
