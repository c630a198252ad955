"""Every headline figure and every link of a report against the report before: what moved, and of what it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from linkage.changing.figures import figure_moved
from linkage.changing.moved import Moved, Row
from linkage.changing.relation import EstimateApart, take_estimate_apart
from linkage.errors import LinkageError
from linkage.ladder import LINKED, NO_LINK

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec

DECLARED = {
    "grain": "what a row is",
    "outcome": "the outcome",
    "outcome_unit": "the unit of the outcome",
    "driver_unit": "the unit of the driver",
    "controls": "what is held fixed",
    "window": "the windows of time",
    "method": "the method",
}
"""What makes an estimate another question, in words; of the method only what comes before its errors."""


@dataclass(frozen=True, eq=False)
class WhyChanged:
    """Everything of a report against the one before.

    period, before : of the reports; before is None where there is none. figures, links : in the report's order;
    gone : findings of the report before that this one does not have.
    """

    period: str
    before: str | None
    figures: tuple[Moved, ...]
    links: tuple[Moved, ...]
    gone: tuple[Row, ...] = ()


def explain_changes(
    study: OpenStudy,
    period: str,
    *,
    findings: Sequence[Row],
    metrics: Sequence[Row],
    before: str | None,
    findings_before: Sequence[Row] = (),
    metrics_before: Sequence[Row] = (),
) -> WhyChanged:
    """Why does a report say other figures than the report before?

    findings, metrics : the rows this report publishes; findings_before, metrics_before : those of the report before,
    whose period is `before` (None where there is none). Exploratory findings are left out. A figure is compared with
    its own period before even in a first report: the data hold both.
    """
    from linkage.feedback import feedback_table

    answers = cache(lambda through: feedback_table(study, through))
    declared = [r for r in findings if not r.get("exploratory") and r["link"] in study.study.links]
    known = {(r["link"], r["driver"]): r for r in findings_before if not r.get("exploratory")}
    links: list[Moved] = []
    if before is not None:
        for link, rows in groupby(declared, key=lambda row: row["link"]):
            links += _links_moved(study, period, before, study.study.links[str(link)], list(rows), known)
    asked = {(r["link"], r["driver"]) for r in declared}
    return WhyChanged(
        period=period,
        before=before,
        figures=tuple(figure_moved(study, row, metrics_before, answers) for row in metrics),
        links=tuple(links),
        gone=tuple(row for key, row in known.items() if key not in asked),
    )


def _links_moved(
    study: OpenStudy, period: str, before: str, spec: LinkSpec, rows: list[Row], known: Mapping[tuple, Row]
) -> list[Moved]:
    """The estimates of one link; those that can be are taken apart together."""
    found = [(row, known.get((row["link"], row["driver"]))) for row in rows]
    reasons = [_why_not(row, then) for row, then in found]
    parts: dict[str, EstimateApart] = {}
    if not all(reasons):
        try:
            parts = _estimates_apart(study, period, before, spec, found, reasons)
        except LinkageError as error:
            reasons = [reason or str(error) for reason in reasons]
    return [
        Moved(row, then, parts.get(str(row["driver"])), reason)
        for (row, then), reason in zip(found, reasons, strict=True)
    ]


def _why_not(row: Row, then: Row | None) -> str:
    """Why an estimate is not taken apart; nothing where it can be."""
    if then is None:
        return "It was not in the report before."
    for which, kept in (("now", row), ("in the report before", then)):
        if kept["verdict"] not in (LINKED, NO_LINK) or kept["estimate"] is None:
            word = "must not be used" if kept["estimate"] is not None else "has no estimate"
            return f"It {word} {which} ({kept['verdict']})."
    other = [words for name, words in DECLARED.items() if _asked(row, name) != _asked(then, name)]
    return f"It is another question now: {', '.join(other)} changed." if other else ""


def _asked(row: Row, name: str) -> object:
    value = row.get(name)
    return str(value).partition(";")[0] if name == "method" else value


def _estimates_apart(
    study: OpenStudy,
    period: str,
    before: str,
    spec: LinkSpec,
    found: list[tuple[Row, Row | None]],
    reasons: list[str],
) -> dict[str, EstimateApart]:
    """By driver as published: the estimate's parts. Raises LinkageError where the rows cannot be fitted."""
    from linkage.grains import cluster_of
    from linkage.linking.fitting import fit_adjusted, formula_of
    from linkage.linking.link_rows import link_rows, segments_of
    from linkage.regression.design import build_design

    rows = link_rows(study, spec, period)
    fits = fit_adjusted(rows, spec, cluster=cluster_of(spec), confidence=0.95)
    # Whole clusters are left out at the level at which the estimate's errors stand.
    rows, spec = fits.rows, fits.spec
    design = build_design(rows, formula_of(spec), cluster=cluster_of(spec), weights=spec.weights)
    used = rows.iloc[design.kept].reset_index(drop=True)
    terms = [term for driver in spec.drivers for term in design.recipe.terms_of(driver)]
    if len(terms) != len(found):
        raise LinkageError("Its drivers have other categories than its findings: make the report again.")
    wanted = {
        term: float(then["estimate"])
        for term, (_, then), reason in zip(terms, found, reasons, strict=True)
        if not reason
    }
    last = study.study.period(before).position
    later = [p for p in used["period"].unique() if study.study.period(p).position > last]
    is_new = used["period"].isin(later).to_numpy(dtype=bool)
    segments = [s for s in segments_of(study, spec) if s not in (spec.outcome, *spec.drivers)]
    apart = take_estimate_apart(
        design, used, is_new=is_new, published=wanted, segments=segments,
        minimum_group=study.study.declared.minimum_group,
    )  # fmt: skip
    named = dict(zip(terms, found, strict=True))
    for term, parts in apart.items():
        _check_same(parts, named[term][0])
    return {str(named[term][0]["driver"]): parts for term, parts in apart.items()}


def _check_same(parts: EstimateApart, row: Row) -> None:
    """Raises LinkageError where the published estimate is not the least squares that is taken apart."""
    published = float(row["estimate"])
    if abs(parts.last - published) > 1e-6 * max(abs(published), float(row.get("std_error") or 0.0)):
        raise LinkageError(
            f"Its estimate is not plain least squares of its rows ({published:.6g}, {parts.last:.6g})."
        )
