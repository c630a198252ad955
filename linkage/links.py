"""A link becomes its card: rows, fits, checks, level, verdict and the sentence that may be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage import checks as battery
from linkage.catalogue import FEEDBACK, OPERATIONS, PEOPLE, LinkageColumn, missing_roles
from linkage.checks import Check
from linkage.clock import Clock, clock_of
from linkage.declaration import LinkSpec
from linkage.errors import FitError, LinkageError, LinkError, TooFewRowsError
from linkage.ladder import NOT_JUDGED, UNSAFE, Evidence, evidence_of, verdict_of
from linkage.link_rows import cluster_of, link_rows
from linkage.results import Result
from linkage.sentences import NOUNS, link_sentence, p_words

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

FINDINGS_MIME = "application/vnd.linkage.findings+json"
TOPICS = ("operations", "money", "units", "people")


@dataclass(frozen=True, eq=False, repr=False)
class LinkCard(Result):
    """The answer to a link.

    estimates : one row a driver (or category of it): estimate, std_error, low, high (outcome units per
        driver unit), p_value, q_value (over the declared family), raw_estimate, raw_low, raw_high (the driver
        alone), detectable (the effect seen with 80 % power), verdict, sentence.
    n_used, n_dropped, clusters : rows in the fit, rows lacking a value, groups of `cluster`.
    evidence : level L1 to L5, why, and what would lift it. clock : the order of time.
    checks : the battery, about the link; those of one driver carry its name.
    missing : rows lacking a value, by column.
    exploratory : asked after the data were seen, outside the declared family.
    """

    spec: LinkSpec
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    errors: str
    r_squared: float
    confidence: float
    evidence: Evidence
    clock: Clock
    checks: tuple[Check, ...]
    missing: dict[str, int]
    span: str
    columns: dict[str, LinkageColumn]
    reason: str = ""
    exploratory: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def level(self) -> str:
        return self.evidence.level

    @property
    def verdict(self) -> str:
        """The card's one word: that of its drivers if they agree, else linked if any is."""
        words = list(dict.fromkeys(self.estimates["verdict"]))
        order = [UNSAFE, "linked", "no link", NOT_JUDGED]
        return next(word for word in order if word in words)

    def summary(self) -> str:
        return " ".join(self.estimates["sentence"])

    def to_frame(self) -> pd.DataFrame:
        return self.estimates.drop(columns=["sentence"]).copy()

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The estimates for reading: rounded, p-values in words."""
        shown = ["driver", "estimate", "low", "high", "p_value", "q_value", "raw_estimate", "detectable", "verdict"]
        frame = self.estimates[shown].set_index("driver")
        for column in ("p_value", "q_value"):
            frame[column] = [p_words(v) for v in frame[column]]
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        return frame

    def check_table(self) -> pd.DataFrame:
        """The verdicts of the battery, one row a check."""
        frame = pd.DataFrame([c.to_row() for c in self.checks], columns=["name", "verdict", "value", "limit", "advice"])
        return frame.set_index("name")

    def plot(self) -> Picture:
        """Each driver's estimate and interval, beside the raw association."""
        from linkage.plots import draw_estimates

        return draw_estimates([self])

    def findings(self) -> list[dict[str, object]]:
        """One row a driver for the report's findings."""
        return [_finding(self, row) for row in self.estimates.to_dict("records")]

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(s)}</p>" for s in self.estimates["sentence"])
        marks = "".join(f"<li>{escape(c.verdict)}: {escape(c.name)}. {escape(c.advice)}</li>" for c in self.checks)
        return (
            f'<section class="card"><h4>{escape(self.spec.question)}</h4>{said}'
            f"{self.table().to_html(border=0)}<details><summary>Checks</summary><ul>{marks}</ul></details></section>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class CardSet(Result):
    """The cards of several links, judged as one family.

    cards : in the order declared. family_size : estimates over which false discoveries are controlled.
    """

    cards: tuple[LinkCard, ...]
    family_size: int
    topic: str | None = None

    def __getitem__(self, name: str) -> LinkCard:
        return next(card for card in self.cards if card.name == name)

    def __len__(self) -> int:
        return len(self.cards)

    def about(self, topic: str | None) -> CardSet:
        """The cards of one topic: operations, money, units or people; all for None."""
        if topic is None:
            return self
        if topic not in TOPICS:
            raise LinkError(f"There is no topic {topic!r}: choose one of {', '.join(TOPICS)}.")
        return CardSet(tuple(c for c in self.cards if topic_of(c.spec, c.columns) == topic), self.family_size, topic)

    def to_frame(self) -> pd.DataFrame:
        frames = [card.estimates.assign(link=card.name, level=card.level) for card in self.cards]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """One row an estimate: link, driver, estimate, interval, q-value, n, level and verdict."""
        rows = []
        for card in self.cards:
            frame = card.table(decimals).reset_index()
            frame.insert(0, "link", card.name)
            frame["n"], frame["clusters"], frame["level"] = card.n_used, card.clusters, card.level
            rows.append(frame[_TABLE])
        return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=_TABLE)

    def check_table(self) -> pd.DataFrame:
        """Every check of every card that is not a PASS, worst first."""
        order = {battery.FAIL: 0, battery.REVIEW: 1, battery.NOT_ASSESSED: 2}
        rows = [
            {"link": card.name, **check.to_row()}
            for card in self.cards
            for check in card.checks
            if check.verdict in order
        ]
        columns = ["link", "name", "verdict", "value", "limit", "advice"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.sort_values("verdict", key=lambda v: v.map(order), kind="stable", ignore_index=True)

    def summary(self) -> str:
        if not self.cards:
            return "This study declares no such link."
        return "\n".join(f"- {card.spec.question} {card.summary()}" for card in self.cards)

    def plot(self) -> Picture:
        from linkage.plots import draw_estimates

        return draw_estimates(self.cards)

    def findings(self) -> list[dict[str, object]]:
        return [row for card in self.cards for row in card.findings()]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/html": "".join(c._repr_html_() for c in self.cards), "text/plain": self.summary()}

    def publish(self) -> Published:
        """The findings for the report: shown as a table in a notebook, and carried along as data."""
        return Published(tuple(self.findings()), self.table())


_TABLE = ["link", "driver", "estimate", "low", "high", "q_value", "n", "clusters", "level", "verdict"]


@dataclass(frozen=True, eq=False)
class Published:
    """Findings a notebook leaves to the report, with the table a reader sees."""

    rows: tuple[dict[str, object], ...]
    frame: pd.DataFrame

    def __repr__(self) -> str:
        return f"{len(self.rows)} findings"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            FINDINGS_MIME: [_rounded(row) for row in self.rows],
            "text/html": self.frame.to_html(border=0, index=False),
            "text/plain": self.frame.to_string(index=False),
        }


def _rounded(row: dict[str, object]) -> dict[str, object]:
    """Ten significant digits: more than anyone reads, fewer than differ between processors."""
    return {
        k: (float(f"{v:.10g}") if math.isfinite(v) else None) if isinstance(v, float) else v for k, v in row.items()
    }


def topic_of(spec: LinkSpec, columns: dict[str, LinkageColumn]) -> str:
    """Which notebook a link belongs to: operations, money, units or people."""
    if spec.grain == "unit_period":
        return "units"
    if spec.grain == "employee_period":
        return "people"
    outcome = columns.get(spec.outcome)
    return "operations" if outcome and outcome.origin in (FEEDBACK, OPERATIONS, PEOPLE) else "money"


def answer_family(study: OpenStudy, through: str) -> CardSet:
    """Answer every declared link and control false discoveries over all of them (Benjamini and Hochberg 1995)."""
    from linkage.multiplicity import adjust_p_values

    cards = [answer_link(study, spec, through) for spec in study.study.links.values()]
    p_values = np.concatenate([c.estimates["p_value"].to_numpy(dtype=float) for c in cards] or [np.array([])])
    q_values = adjust_p_values(p_values) if np.isfinite(p_values).any() else p_values
    judged, start = [], 0
    for card in cards:
        stop = start + len(card.estimates)
        judged.append(_judge(card, np.asarray(q_values)[start:stop]))
        start = stop
    return CardSet(tuple(judged), int(np.isfinite(p_values).sum()))


def answer_link(study: OpenStudy, spec: LinkSpec, through: str) -> LinkCard:
    """Answer one declared link from a study's linkage table; never raises for what the data lack."""
    columns = study.study.columns[spec.grain]
    lacking = missing_roles(study.study, spec.grain)
    clock = clock_of(study.study, spec)
    span = f"{study.periods[0]} to {through}" if study.periods else ""
    if lacking:
        return _empty_card(spec, columns, clock, span, f"This study has no source of {' and '.join(lacking)}.")
    absent = [c for c in (spec.outcome, *spec.drivers, *spec.controls) if not _has(study, spec, c)]
    if absent:
        return _empty_card(spec, columns, clock, span, f"The sources hold no column for {', '.join(absent)}.")
    rows = link_rows(study, spec, through)
    return card_of(rows, spec, columns=columns, clock=clock, span=span, period_start=_period_starts(study))


def _has(study: OpenStudy, spec: LinkSpec, column: str) -> bool:
    if column == f"{spec.outcome}_now":
        return True
    table = study.connection.table(f"link_{spec.grain}")
    return column in table.columns


def _period_starts(study: OpenStudy) -> dict[str, pd.Timestamp]:
    return {p: pd.Timestamp(study.study.period(p).start) for p in study.periods}


def card_of(
    rows: pd.DataFrame,
    spec: LinkSpec,
    *,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str = "",
    period_start: dict[str, pd.Timestamp] | None = None,
    confidence: float = 0.95,
    exploratory: bool = False,
) -> LinkCard:
    """Fit a link on its rows and let the battery judge it. Without rows enough it says so and judges nothing."""
    from linkage.regression import fit_linear

    cluster = cluster_of(spec) if cluster_of(spec) in rows.columns else None
    records = _records_check(rows, spec, period_start)
    if records.verdict == battery.FAIL:
        return _refused_card(rows, spec, columns, clock, span, records)
    try:
        fit = fit_linear(rows, _formula(spec, columns), cluster=cluster, confidence=confidence, drivers=spec.drivers)
        raw = {d: _raw_fit(rows, spec, d, columns, cluster, confidence) for d in spec.drivers}
        alone = fit_linear(rows.iloc[fit.rows_kept], _formula(spec, columns, controls=False), errors="HC1")
    except (TooFewRowsError, FitError, LinkError) as error:
        return _empty_card(spec, columns, clock, span, str(error), n_dropped=len(rows))
    terms = [t for d in spec.drivers for t in fit.recipe.terms_of(d)]
    estimates = _estimates(fit, raw, spec, columns, confidence)
    clusters = fit.clusters if isinstance(fit.clusters, int) else None
    made = [
        battery.check_order(clock.order, clock.words),
        records,
        battery.check_leak(alone.r_squared),
        battery.check_clusters(clusters, cluster),
        battery.check_complete(fit.n_used, fit.n_dropped, _most_missing(rows, spec)),
        battery.check_collinearity(_largest_vif(fit, terms)),
        *_driver_checks(fit, estimates, spec),
    ]
    evidence = evidence_of(
        controls=len(spec.controls), clustered=clusters is not None, order=clock.order, checks=made
    )
    card = LinkCard(
        spec=spec,
        estimates=estimates,
        n_used=fit.n_used,
        n_dropped=fit.n_dropped,
        clusters=clusters,
        method=fit.method,
        errors=fit.errors,
        r_squared=fit.r_squared,
        confidence=confidence,
        evidence=evidence,
        clock=clock,
        checks=tuple(made),
        missing={c: int(rows[c].isna().sum()) for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows},
        span=span,
        columns=columns,
        exploratory=exploratory,
    )
    return _judge(card, np.full(len(estimates), np.nan))


def _formula(spec: LinkSpec, columns: dict[str, LinkageColumn], *, controls: bool = True) -> str:
    named = [*spec.drivers, *(spec.controls if controls else ())]
    return f"{spec.outcome} ~ {' + '.join(named)}"


def _raw_fit(rows, spec, driver, columns, cluster, confidence):
    from linkage.regression import fit_linear

    # The same rows as the adjusted fit, so that the two differ by the controls alone.
    complete = rows.dropna(subset=[c for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows])
    return fit_linear(complete, f"{spec.outcome} ~ {driver}", cluster=cluster, confidence=confidence)


def _estimates(fit, raw, spec: LinkSpec, columns: dict[str, LinkageColumn], confidence: float) -> pd.DataFrame:
    from linkage.power import detectable_effect

    records = []
    for driver in spec.drivers:
        for term in fit.recipe.terms_of(driver):
            row, alone = fit.estimates.loc[term], raw[driver].estimates.loc[term]
            records.append(
                {
                    "driver": driver,
                    "category": None if term == driver else term,
                    **{c: float(row[c]) for c in ("estimate", "std_error", "low", "high", "p_value", "df")},
                    "raw_estimate": float(alone["estimate"]),
                    "raw_low": float(alone["low"]),
                    "raw_high": float(alone["high"]),
                    "detectable": float(detectable_effect(row["std_error"], row["df"], confidence=confidence)),
                }
            )
    return pd.DataFrame(records)


def _driver_checks(fit, estimates: pd.DataFrame, spec: LinkSpec) -> list[Check]:
    made = []
    for row in estimates.itertuples():
        several = len(estimates) > 1
        name = f" ({row.driver}{'' if pd.isna(row.category) else ' ' + str(row.category)})" if several else ""
        statistic = row.estimate / row.std_error if row.std_error else math.nan
        df = fit.n_used - len(fit.terms)
        # Partial correlation from the t statistic of independent rows would overstate n; it is only a size.
        correlation = statistic / math.sqrt(statistic**2 + df) if df > 0 and math.isfinite(statistic) else None
        controls = battery.check_controls(row.raw_estimate, row.estimate, row.std_error, len(spec.controls))
        plausible = battery.check_plausible(correlation)
        made += [replace(controls, name=f"controls{name}"), replace(plausible, name=f"plausible size{name}")]
    return made


def _largest_vif(fit, terms: Sequence[str]) -> float | None:
    """The largest variance inflation among the drivers' terms: the diagonal of the inverse correlation matrix."""
    others = [t for t in fit.terms if t != "Intercept"]
    if len(others) < 2:
        return None
    inverse = fit.vif()
    return float(inverse.loc[list(terms)].max())


def _most_missing(rows: pd.DataFrame, spec: LinkSpec) -> str:
    counts = {c: int(rows[c].isna().sum()) for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows}
    column = max(counts, key=lambda c: counts[c])
    return f", most often {column} ({counts[column]:,})" if counts[column] else ""


def _records_check(
    rows: pd.DataFrame, spec: LinkSpec, period_start: dict[str, pd.Timestamp] | None
) -> Check:
    """Compare when drivers were written down with when the outcome's window opened."""
    named = [c for c in rows.columns if c.endswith("_recorded_at")]
    opened = _outcome_opens(rows, period_start)
    if not named or opened is None:
        return battery.check_records(None)
    late = dated = 0
    for column in named:
        has = rows[column].notna() & opened.notna() & rows[column.removesuffix("_recorded_at")].notna()
        dated += int(has.sum())
        late += int((has & (pd.to_datetime(rows[column]) >= opened)).sum())
    return battery.check_records(late / dated if dated else None, late, dated)


def _outcome_opens(rows: pd.DataFrame, period_start: dict[str, pd.Timestamp] | None) -> pd.Series | None:
    if "answered_at" in rows:
        return pd.to_datetime(rows["answered_at"])
    if "period" in rows and period_start:
        return rows["period"].map(period_start)
    return None


def _judge(card: LinkCard, q_values: np.ndarray) -> LinkCard:
    """Give each driver its q-value, verdict and sentence; add the check of the expected sign."""
    estimates, made = card.estimates.copy(), [c for c in card.checks if not c.name.startswith("expected sign")]
    estimates["q_value"] = q_values
    verdicts, sentences = [], []
    for row in estimates.to_dict("records"):
        known = None if pd.isna(row["estimate"]) else row["estimate"]
        verdict = verdict_of(
            estimate=known, p_value=row["p_value"], q_value=row["q_value"], checks=made
        )
        verdicts.append(verdict)
        sentences.append(_sentence(card, row, verdict))
        several = len(estimates) > 1
        expected = battery.check_expected(card.spec.expect, known, verdict)
        made.append(replace(expected, name=f"expected sign ({row['driver']})") if several else expected)
    estimates["verdict"], estimates["sentence"] = verdicts, sentences
    return replace(card, estimates=estimates, checks=tuple(made))


def _sentence(card: LinkCard, row: dict, verdict: str) -> str:
    driver, outcome = _column(card, row["driver"]), _column(card, card.spec.outcome)
    failed = [c.advice for c in card.checks if c.verdict == battery.FAIL]
    category = row.get("category")
    return link_sentence(
        {
            **row,
            "estimate": None if pd.isna(row["estimate"]) else row["estimate"],
            "driver_label": _label(driver, card.spec.change is not None),
            "outcome_label": _label(outcome, card.spec.change is not None),
            "driver_unit": driver.unit,
            "outcome_unit": outcome.unit,
            "is_flag": driver.kind == "flag",
            "category": None if category is None or pd.isna(category) else category,
            "n": card.n_used,
            "clusters": card.clusters,
            "cluster": cluster_of(card.spec),
            "level": card.level,
            "verdict": verdict,
            "reason": " ".join(failed) or card.reason,
        },
        confidence=card.confidence,
        span=card.span,
        noun=NOUNS[card.spec.grain],
    )


def _label(column: LinkageColumn, change: bool) -> str:
    label = column.label if column.label[1:2].isupper() else column.label[:1].lower() + column.label[1:]
    return f"change of {label}" if change else label


def _column(card: LinkCard, name: str) -> LinkageColumn:
    return card.columns.get(name) or LinkageColumn(name, name.replace("_", " "))


_NUMBERS = (
    "estimate std_error low high p_value df raw_estimate raw_low raw_high detectable".split()
)


def _empty_card(
    spec: LinkSpec,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str,
    reason: str,
    *,
    n_dropped: int = 0,
    checks: tuple[Check, ...] = (),
) -> LinkCard:
    """A card without estimates: what could not be computed is said, never guessed."""
    estimates = pd.DataFrame(
        [{"driver": d, "category": None, **dict.fromkeys(_NUMBERS, math.nan)} for d in spec.drivers]
    )
    card = LinkCard(
        spec, estimates, 0, n_dropped, None, "none", "none", math.nan, 0.95,
        Evidence("L1", "nothing was estimated", reason), clock, checks, {}, span, columns, reason,
    )  # fmt: skip
    return _judge(card, np.full(len(estimates), math.nan))


def _refused_card(rows, spec, columns, clock, span, records: Check) -> LinkCard:
    return _empty_card(spec, columns, clock, span, records.advice, n_dropped=len(rows), checks=(records,))


def _finding(card: LinkCard, row: dict) -> dict[str, object]:
    """One row of findings: the names are a contract."""
    spec, driver, outcome = card.spec, _column(card, row["driver"]), _column(card, card.spec.outcome)
    category = row.get("category")
    number = {c: None if pd.isna(row[c]) else float(row[c]) for c in (*_NUMBERS, "q_value")}
    return {
        "link": spec.name,
        "question": spec.question,
        "grain": spec.grain,
        "outcome": spec.outcome,
        "driver": spec_driver(row["driver"], category),
        "outcome_unit": outcome.unit,
        "driver_unit": driver.unit,
        **{c: number[c] for c in ("estimate", "std_error", "low", "high", "p_value", "q_value")},
        "n": card.n_used,
        "clusters": card.clusters,
        "n_dropped": card.n_dropped,
        "level": card.level,
        "verdict": row["verdict"],
        "expected": spec.expect,
        "method": f"{card.method}; {card.errors}" if card.n_used else "none",
        "controls": list(spec.controls),
        "window": card.clock.words,
        "detectable": number["detectable"],
        "sentence": row["sentence"],
        "checks": [c.to_row() for c in card.checks],
        "raw_estimate": number["raw_estimate"],
        "exploratory": card.exploratory,
        "span": card.span,
    }


def spec_driver(driver: str, category: object) -> str:
    return driver if category is None or pd.isna(category) else str(category)


def link(
    formula: str,
    table: pd.DataFrame,
    *,
    cluster: str | None = None,
    drivers: Sequence[str] | None = None,
    question: str | None = None,
    grain: str = "survey",
    expect: str = "either",
    order: str | None = None,
    confidence: float = 0.95,
) -> LinkCard:
    """Ask a question of a linkage table: an exploratory card, outside the declared family.

    formula : "outcome ~ driver + control + control"; the first term is the driver unless `drivers` names others.
    cluster : the column whose rows belong together, such as customer_id.
    order : "after" where you know the outcome's window opens after the drivers' closed; by default read off the
        column's name (`spend_after` follows the answer).

    Raises LinkError for a formula that is not of this form, TableError for a missing column.
    """
    from linkage.rows import require_columns

    outcome, named = _parse(formula)
    asked = tuple(drivers) if drivers else named[:1]
    require_columns(table, [outcome, *named, *asked, *([cluster] if cluster else [])])
    spec = LinkSpec(
        name="asked",
        question=question or f"Does {outcome} go with {', '.join(asked)}?",
        grain=grain,
        outcome=outcome,
        drivers=asked,
        controls=tuple(n for n in named if n not in asked),
        expect=expect,
        cluster=cluster,
    )
    after = order or ("after" if outcome.endswith("_after") else "same time")
    known = {c: LinkageColumn(c, c.replace("_", " "), unit="unit") for c in table.columns}
    span = _span(table)
    rows = table if cluster else table.drop(columns=[c for c in (cluster_of(spec),) if c in table])
    card = card_of(
        rows, spec, columns=known, clock=Clock(after, f"{after}, as asked"), span=span,
        confidence=confidence, exploratory=True,
    )  # fmt: skip
    if not card.n_used:
        raise LinkError(card.reason)
    return card


def _span(table: pd.DataFrame) -> str:
    if "period" not in table or table["period"].isna().all():
        return "all rows"
    first, last = table["period"].dropna().min(), table["period"].dropna().max()
    return str(first) if first == last else f"{first} to {last}"


def _parse(formula: str) -> tuple[str, tuple[str, ...]]:
    parts = [p.strip() for p in formula.split("~")]
    terms = tuple(t.strip() for t in parts[1].split("+")) if len(parts) == 2 else ()
    if len(parts) != 2 or not parts[0] or not all(t.isidentifier() for t in (parts[0], *terms)):
        raise LinkError(
            f"{formula!r} is not a question: write 'outcome ~ driver + control'. For interactions and curves use "
            "linkage.regression.fit_linear."
        )
    return parts[0], terms
