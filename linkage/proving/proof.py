"""Every family of methods once, on data whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import FitError, TooFewRowsError
from linkage.memory import kept
from linkage.proving.answers import prove_gate, prove_reliability, prove_scores, prove_weights
from linkage.proving.evidence import Subject, unanswered_row
from linkage.proving.families import prove_false_discoveries, prove_power
from linkage.proving.panels import prove_changes, prove_events, prove_within
from linkage.proving.planted import read_planted
from linkage.proving.regressions import (
    prove_amounts,
    prove_chances,
    prove_few_clusters,
    prove_least_squares,
    prove_ordered,
)
from linkage.proving.result import Proof
from linkage.proving.searches import prove_break, prove_chains, prove_rankings

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

FAMILIES = {
    "Least squares with controls": prove_least_squares,
    "Few clusters": prove_few_clusters,
    "Chances": prove_chances,
    "Ordered answers": prove_ordered,
    "Amounts": prove_amounts,
    "Each unit against itself": prove_within,
    "Change on change": prove_changes,
    "Events": prove_events,
    "Break point": prove_break,
    "Drivers": prove_rankings,
    "Chains": prove_chains,
    "Scores": prove_scores,
    "Reliability": prove_reliability,
    "Unit means": prove_gate,
    "Who did not answer": prove_weights,
}


def prove_methods(opened: OpenStudy, *, period: str, seed: int = 0) -> Proof:
    """Does each method of the suite find what was planted in a company made up for the purpose?

    opened : a study with a truth file beside its study.yml, made like the study demo. period : rows up to and
    with it, such as 2026Q3. seed : of every bootstrap.

    An estimate agrees with the truth if it lies within three of its own standard errors; of 95% intervals about
    one in twenty misses. A family that has too few rows up to an early period says so in a row of its own.
    Raises LinkError where the study has no truth file, or one that lacks an effect;
    PeriodError for a period without data.
    """
    planted = read_planted(opened.study.folder)
    return _proof(Subject(opened, opened.check_period(period), planted, seed))


@kept
def _proof(subject: Subject) -> Proof:
    rows = [row for family, prove in FAMILIES.items() for row in _answered(subject, family, prove)]
    rows += prove_false_discoveries(subject, rows)
    rows += prove_power(subject, rows)
    return Proof(subject.opened.name, subject.period, pd.DataFrame(rows), subject.seed, subject.confidence)


def _answered(subject: Subject, family: str, prove: Callable[[Subject, str], list[dict]]) -> list[dict]:
    try:
        return prove(subject, family)
    except (TooFewRowsError, FitError) as reason:
        return [unanswered_row(family, str(reason))]
