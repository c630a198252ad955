"""Each group of units that an event reaches in the same period, beside those it has not reached until much later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.group_codes import without_gaps
from linkage.limits.rungs import LAGS, LEADS
from linkage.rungs.arrays import Arrays
from linkage.rungs.slope import take_out

NEVER = np.iinfo("int64").max


@dataclass(frozen=True, eq=False)
class Stacks:
    """Treated cohorts, each with its own comparison rows and its own window, one under the other.

    left : (n, 2 + m + k) outcome, exposed, the m event times, the k other regressors, with the unit and period effects
    of each stack taken out. basis : of each stack's periods. counted : effects that no cluster holds whole.
    cluster : (n,) codes. times : the event times; reference : the one left out.
    counts : rows of the treated at each of `times` and at the reference. treated, comparison : clusters of each side.
    rows : that count, each once. units : treated units; never : compared units that the event never reached.
    always : units left out, exposed in all their rows.
    """

    left: np.ndarray
    basis: list[np.ndarray]
    counted: int
    cluster: np.ndarray
    times: tuple[int, ...]
    reference: int
    counts: dict[int, int]
    treated: int
    comparison: int
    rows: int
    units: int
    never: int
    cohorts: int
    always: int


@dataclass(frozen=True, eq=False)
class _Switches:
    """on : (n,) the period that first exposes the row's unit, NEVER where none does. usable : (n,) rows that count."""

    on: np.ndarray
    usable: np.ndarray
    always: int


def stacked(arrays: Arrays, *, leads: int = LEADS, lags: int = LAGS) -> Stacks | str:
    """Stack the cohorts of an event that a 0/1 driver switches on, or say why it cannot be done.

    Each cohort stands beside units that the event has not reached by the end of its window (Cengiz et al. 2019, p.
    1429); comparison rows weigh so that cohorts count by their treated rows (Wing, Freedman and Hollingsworth 2024).
    """
    switches = _switches(arrays)
    if isinstance(switches, str):
        return switches
    cohorts = [c for c in np.unique(switches.on[switches.usable]) if c != NEVER]
    parts = [p for c in cohorts if (p := _one_stack(arrays, switches, int(c), leads, lags)) is not None]
    if not parts:
        return "nobody has rows before and after the event beside somebody it had not reached by then"
    since = np.concatenate([p[1] for p in parts])
    treated_rows = ~np.isnan(since)
    reference = int(since[treated_rows & (since < 0)].max())
    times = tuple(int(t) for t in np.unique(since[treated_rows]) if t != reference)
    return _joined(arrays, switches, parts, times, reference, treated_rows)


def _switches(arrays: Arrays) -> _Switches | str:
    """When each row's unit is first exposed; rows from a unit's switching off on do not count."""
    flag, unit, when = arrays.main, arrays.unit, arrays.when
    if not np.isin(flag, (0.0, 1.0)).all():
        return "the driver is a share between 0 and 1 in some rows: it switches on for nobody as a whole"
    on = _first(when, unit, flag == 1)
    off = _first(when, unit, (flag == 0) & (when >= on[unit]))
    if (off[on != NEVER] == on[on != NEVER]).any():
        return "in the period of the event the driver is 1 for a part of a group's rows only"
    first = _first(when, unit, np.ones(len(unit), bool))
    always = on <= first
    return _Switches(on[unit], ~always[unit] & (when < off[unit]), int(always.sum()))


def _first(when: np.ndarray, unit: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(units,) the first period of the chosen rows of each unit, NEVER where there is none."""
    found = np.full(int(unit.max()) + 1, NEVER)
    np.minimum.at(found, unit[chosen], when[chosen])
    return found


def _one_stack(arrays: Arrays, switches: _Switches, cohort: int, leads: int, lags: int):
    """Positions of a cohort's rows and its comparison's, periods since the event (missing: comparison), weights."""
    near = switches.usable & (arrays.when >= cohort - leads) & (arrays.when <= cohort + lags)
    own = near & (switches.on == cohort)
    clean = near & ((switches.on == NEVER) | (switches.on > cohort + lags))
    own &= _on_both_sides(arrays, own, cohort)
    clean &= _on_both_sides(arrays, clean, cohort)
    if not own.any() or not clean.any():
        return None
    places = np.flatnonzero(own | clean)
    since = np.where(own, (arrays.when - cohort).astype("float64"), np.nan)[places]
    return places, since


def _on_both_sides(arrays: Arrays, rows: np.ndarray, cohort: int) -> np.ndarray:
    """Rows of units that are seen before and after: the others say nothing of a difference."""
    size = int(arrays.unit.max()) + 1
    before = np.bincount(arrays.unit[rows & (arrays.when < cohort)], minlength=size) > 0
    after = np.bincount(arrays.unit[rows & (arrays.when >= cohort)], minlength=size) > 0
    return (before & after)[arrays.unit]


def _joined(arrays: Arrays, switches: _Switches, parts, times, reference: int, treated_rows) -> Stacks:
    own_share = [np.sum(~np.isnan(since)) / treated_rows.sum() for _, since in parts]
    clean_share = [np.sum(np.isnan(since)) / (~treated_rows).sum() for _, since in parts]
    taken, cluster = [], []
    for (places, since), own, clean in zip(parts, own_share, clean_share, strict=True):
        rows = arrays.rows(places)
        weight = np.where(np.isnan(since), own / clean, 1.0) * (1.0 if rows.root is None else rows.root**2)
        exposed = (since >= 0).astype("float64")
        events = np.column_stack([(since == t).astype("float64") for t in times])
        columns = np.column_stack([rows.y, exposed, events, rows.main_first[:, 1:]])
        codes = without_gaps(rows.unit)
        how = {"unit": codes, "period": rows.period, "cluster": rows.cluster, "root": np.sqrt(weight)}
        taken.append(take_out(columns, **how))
        cluster.append(rows.cluster)
    places, since = (np.concatenate(column) for column in zip(*parts, strict=True))
    own, counts = ~np.isnan(since), {reference: int((since == reference).sum())}
    clean = places[~own]
    return Stacks(
        left=np.concatenate([t.left for t in taken]),
        basis=[t.basis for t in taken],
        counted=sum(t.counted for t in taken),
        cluster=without_gaps(np.concatenate(cluster)),
        times=times,
        reference=reference,
        counts=counts | {t: int((since == t).sum()) for t in times},
        treated=len(np.unique(arrays.cluster[places[own]])),
        comparison=len(np.unique(arrays.cluster[clean])),
        rows=len(np.unique(arrays.kept[places])),
        units=len(np.unique(arrays.unit[places[own]])),
        never=len(np.unique(arrays.unit[clean][switches.on[clean] == NEVER])),
        cohorts=len(parts),
        always=switches.always,
    )
