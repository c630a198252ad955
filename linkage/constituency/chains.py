"""The chains of a study: from what employees say or learn, by way of what their customers say, to money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.constituency.across import Across, Step, chain_across
from linkage.constituency.money import money_of_chain
from linkage.constituency.people import employee_links, money_links
from linkage.constituency.unit_means import chain_of_units
from linkage.errors import LinkageError
from linkage.linking.link_rows import link_rows
from linkage.refuting_rows.units import unit_rows
from linkage.sentences import in_sentence
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.worth.figures import MoneyFigure

OWN_GRAINS, UNIT_MEANS = "own grains", "unit means"
PATHS = ("chain", "how", "path", "estimate", "std_error", "low", "high", "p_value", "n", "units", "level")
LEVEL = "L2"
"""A chain is as good as its weakest link, and none of them is shown to come first here."""


def chains_of(
    study: OpenStudy, through: str, *, seed: int, confidence: float
) -> tuple[pd.DataFrame, tuple[MoneyFigure, ...], dict[str, str]]:
    """The paths of every chain, what they come to in money, and what is missing."""
    frames, money, missing = [], [], {}
    firsts = employee_links(study)
    if not firsts:
        return _none(), (), {"employees to customers": _no_first(study)}
    for first in firsts:
        seconds = money_links(study, first.outcome)
        if not seconds:
            said = in_sentence(study.study.columns[first.grain][first.outcome].label)
            missing[f"{said} to money"] = (
                f"No link is declared from {said} of units to their money. Declare one at grain unit_period, "
                "with a lag, and give transactions a unit_id."
            )
        for second in seconds:
            made = _one_chain(study, first, second, through, seed, confidence)
            frames += made[0]
            money += made[1]
            missing |= made[2]
    table = pd.concat(frames, ignore_index=True) if frames else _none()
    return table, tuple(money), missing


def _one_chain(
    study: OpenStudy, first: LinkSpec, second: LinkSpec, through: str, seed: int, confidence: float
) -> tuple[list[pd.DataFrame], list[MoneyFigure], dict[str, str]]:
    """The paths of one chain both ways, what it comes to in money, and what of it is missing."""
    name = " -> ".join((first.drivers[0], first.outcome, second.outcome))
    grains = (first.grain, first.grain, second.grain)
    columns = [study.study.columns[g][c] for g, c in zip(grains, name.split(" -> "), strict=True)]
    called = " -> ".join(in_sentence(column.label) for column in columns)
    made = _own_grains(study, first, second, through, seed, confidence)
    if isinstance(made, str):
        return [], [], {called: made}
    frames = [_paths(name, OWN_GRAINS, made.estimates, made.n, made.units)]
    whole = chain_of_units(study, first.drivers[0], second, through, seed=seed, confidence=confidence)
    if not isinstance(whole, str):
        kept = whole.estimates.drop(columns="scale")
        frames.append(_paths(name, UNIT_MEANS, kept, (whole.n_used, whole.n_used), whole.clusters))
    row = made.estimates.loc["indirect"]
    worth = money_of_chain(study, first, second, row, through=through, level=LEVEL, n=sum(made.n))
    if isinstance(worth, str):
        return frames, [], {f"{called} in money": worth}
    return frames, [worth], {}


def _no_first(study: OpenStudy) -> str:
    if "link_employee_period" not in study.tables:
        return (
            "There are no employees: add sources of role employees (employee_id, unit_id) and employee_feedback or "
            "trainings, and name the employee in contacts or answers."
        )
    return (
        "No link is declared from what employees say (or from is_trained) to what customers say, at grain "
        "employee_period."
    )


def _own_grains(
    study: OpenStudy, first: LinkSpec, second: LinkSpec, through: str, seed: int, confidence: float
) -> Across | str:
    """The two declared links, each on its own rows; or why they cannot be put together."""
    try:
        people, units = link_rows(study, first, through), link_rows(study, second, through)
        if "unit_id" not in people:
            places = unit_rows(study, first, through)
            if places is None:
                return "Nobody's unit is known: give employees a unit_id."
            people = people.merge(places, on=["employee_id", "period"], how="left", validate="one_to_one")
        people, units = (rows.dropna(subset=["unit_id"]) for rows in (people, units))
        steps = tuple(
            Step(s.outcome, s.drivers, _telling(s, r)) for s, r in ((first, people), (second, units))
        )
        return chain_across(people, units, steps=steps, seed=seed, confidence=confidence)
    except LinkageError as error:
        return str(error)


def _telling(spec: LinkSpec, rows: pd.DataFrame) -> tuple[str, ...]:
    known = rows.dropna(subset=[spec.outcome, *spec.drivers])
    return tuple(c for c in spec.controls if c in rows and known[c].nunique() > 1)


def _paths(name: str, how: str, estimates: pd.DataFrame, n: tuple[int, int], units: int) -> pd.DataFrame:
    start, middle, end = name.split(" -> ")
    said = {"first": f"{start} -> {middle}", "second": f"{middle} -> {end}"}
    frame = estimates.rename_axis("path").reset_index()
    if how == UNIT_MEANS:
        frame["path"] = [said["first"], said["second"], *frame["path"].iloc[2:]]
    frame["path"] = frame["path"].replace(said)
    rows = [n[0], n[1], *[min(n)] * (len(frame) - 2)]
    return frame.assign(chain=name, how=how, n=rows, units=units, level=LEVEL)[list(PATHS)]


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=list(PATHS))
