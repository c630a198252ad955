"""Positive deviance: units that do better than their conditions predict, and what they do differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.constituency.deviance import Deviance, unit_deviance
from linkage.constituency.deviant_rows import (
    Asked,
    answerers_of,
    conditions_of,
    outcome_of,
    people_of,
    practices_of,
    rows_of,
)
from linkage.constituency.deviants_result import PositiveDeviance
from linkage.constituency.practices import COLUMNS, compare_practices
from linkage.errors import LinkageError, LinkError
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.rows import as_names
from linkage.sentences import in_sentence
from linkage.suppressing import not_told, shown_groups, unnamed

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

SHOWN = (
    "name",
    "n",
    "mean",
    "predicted",
    "estimate",
    "std_error",
    "low",
    "high",
    "p_value",
    "q_value",
    "kept",
    "is_better",
)


@kept
def positive_deviance(
    study: OpenStudy,
    *,
    period: object,
    outcome: str | None = None,
    conditions: Sequence[str] | None = None,
    practices: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> PositiveDeviance:
    """Which units do better than their conditions predict, and what do they do differently?

    outcome : a rating of units; default the first that a declared link of units speaks of. conditions : what a unit
    cannot choose; default the fixed controls of these links, else kind, region and size. practices : columns of
    link_unit_period; default every operational and people metric.

    The mix of answers (channel, topic, segment, period) is held fixed within units, which employees and customers a
    unit happens to have is chance (see `unit_deviance`). Units with fewer people than the study's minimum group (who
    work there or who answered) go by a stand-in, as does one that the others would tell of; practices of people are
    shown only where that many stand behind either side. "None" is an answer.
    """
    check_confidence(confidence)
    through = study.check_period(period)
    known = "link_unit_period" in study.tables
    chosen = outcome_of(study, outcome) if known else None
    if chosen is None:
        return _none(study, confidence, _lacking(known))
    try:
        asked = rows_of(study, chosen, through)
        window = sorted(asked.rows["period"].unique(), key=study.periods.index)
        cases, names = conditions_of(
            study, chosen, None if conditions is None else as_names(conditions), window
        )
        found = unit_deviance(
            asked.rows, cases, outcome=chosen, mix=asked.mix, shared=asked.shared,
            better=study.study.columns["unit_period"][chosen].better, confidence=confidence,
        )  # fmt: skip
    except LinkError:
        raise
    except LinkageError as error:
        return _none(study, confidence, str(error), chosen)
    return _answered(study, chosen, asked, names, found, window, practices, confidence)


def _lacking(known: bool) -> str:
    if known:
        return "No rating is known of units: give answers a unit_id, or add a unit_periods source about feedback."
    return (
        "There are no units: add a source of role units (unit_id, kind, region) and give answers a unit_id."
    )


def _answered(
    study: OpenStudy, outcome: str, asked: Asked, names: tuple[str, ...], found: Deviance, window: list[str],
    practices: Sequence[str] | None, confidence: float,
) -> PositiveDeviance:  # fmt: skip
    fewest = study.study.declared.minimum_group
    people = people_of(study, window)
    compared, hidden = _practices(study, outcome, found, window, people, practices, confidence)
    shown = found.units.assign(name=_names(found.units, _fewest_behind(found, asked, people), fewest))
    secret = shown["name"] != [str(u) for u in shown.index]
    shown[["n", "mean", "predicted"]] = shown[["n", "mean", "predicted"]].astype(float)
    shown.loc[secret, ["n", "mean", "predicted"]] = np.nan  # who knows these would know whose they are
    lower = study.study.columns["unit_period"][outcome].better == "lower"
    shown = shown.sort_values("estimate", ascending=lower, kind="stable").reset_index(drop=True)
    return PositiveDeviance(
        estimates=shown[list(SHOWN)],
        practices=compared,
        outcome=outcome,
        outcome_label=study.study.metrics[outcome].label,
        conditions=names,
        labels={n: in_sentence(c.label) for grain in study.study.columns.values() for n, c in grain.items()},
        mix=asked.mix,
        shared=asked.shared,
        components=found.means.components,
        spread=found.spread,
        explained=found.explained,
        rows=f"{int(found.units['n'].sum()):,} {asked.words}",
        hidden=hidden,
        reason="",
        minimum_group=fewest,
        confidence=confidence,
    )


def _fewest_behind(found: Deviance, asked: Asked, people: pd.Series | None) -> pd.Series | None:
    """How many people stand behind each unit's figures: the fewer of who works there and who answered, as far as known.

    None where neither is.
    """
    answered = answerers_of(asked)
    if answered is not None:
        answered = answered.clip(upper=found.units["n"])
    known = [c.reindex(found.units.index).fillna(0) for c in (people, answered) if c is not None]
    return pd.concat(known, axis=1).min(axis=1) if known else None


def _names(units: pd.DataFrame, people: pd.Series | None, fewest: int) -> list[str]:
    """A unit's key; a stand-in where fewer people stand behind it than may be shown, or all others would tell such one.

    These are worded alike, since the word "fewer" would tell which is which.
    """
    keys = [str(u) for u in units.index]
    if people is None:
        return keys
    shown = shown_groups(people.to_numpy(), None, fewest)
    alike = (people[~shown] >= fewest).any()
    order = units["estimate"].rank(ascending=False, method="first").astype(int)
    words = [
        f"unit {k} ({not_told(fewest, 'people')})" if alike else unnamed("unit", k, fewest, "people")
        for k in order
    ]
    return [key if is_shown else word for key, word, is_shown in zip(keys, words, shown, strict=True)]


def _practices(
    study: OpenStudy, outcome: str, found: Deviance, window: list[str], people: pd.Series | None,
    asked: Sequence[str] | None, confidence: float,
) -> tuple[pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    """The comparison of practices, and the labels of those that may not be shown."""
    table, labels, own = practices_of(study, outcome, window)
    if asked is not None:
        asked = as_names(asked)
        unknown = [c for c in asked if c not in table]
        if unknown:
            raise LinkError(
                f"{unknown[0]!r} is no practice of units. There are: {', '.join(table) or 'none'}."
            )
        table = table[list(asked)]
    table, better = table.reindex(found.units.index), found.units["is_better"].to_numpy(dtype=bool)
    fewest = study.study.declared.minimum_group
    sides = (
        []
        if people is None
        else [people.reindex(found.units.index[side]).sum() for side in (better, ~better)]
    )
    secret = (
        [c for c in table if c in own and (not sides or min(sides) < fewest)] if better.sum() >= 2 else []
    )
    kept = [c for c in table if c not in secret]
    made = compare_practices(table, kept, is_better=better, design=found.design, confidence=confidence)
    made.insert(1, "label", [labels.get(p, p) for p in made["practice"]])
    return made, tuple(labels.get(c, c) for c in secret)


def _none(study: OpenStudy, confidence: float, reason: str, outcome: str = "") -> PositiveDeviance:
    label = study.study.metrics[outcome].label if outcome else ""
    return PositiveDeviance(
        estimates=pd.DataFrame(columns=list(SHOWN)), practices=pd.DataFrame(columns=["label", *COLUMNS]),
        outcome=outcome,
        outcome_label=label, conditions=(), labels={}, mix=(), shared=(), components=pd.Series(dtype=float),
        spread=np.nan, explained=np.nan, rows="", hidden=(), reason=reason,
        minimum_group=study.study.declared.minimum_group, confidence=confidence,
    )  # fmt: skip
