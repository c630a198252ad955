"""What a declared design adds to a link's ladder: the event study of an intervention, the arms of a draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from linkage.catalogue import LinkageColumn
from linkage.errors import LinkageError
from linkage.group_codes import without_gaps
from linkage.rungs.arrays import Arrays, arrays_of
from linkage.rungs.balance import Balance, balance_of
from linkage.rungs.known_before import known_before
from linkage.rungs.material import ROW, Material
from linkage.rungs.trends import Trends, before_and_after

GROUP = "intervention_group"
"""The column that tells the groups of a declared intervention apart, in the rows of a ladder."""


def trends_of(made: Material) -> Trends | str:
    """The event study of a link's intervention, or why there is none.

    The outcome is that of the driver's own period, whatever the link's lag: an event has its effect from its date on,
    and a later outcome of the last period before it would have it too. Single answers and contacts are followed as
    groups, which the intervention names.
    """
    spec = made.spec
    arrays = made.arrays(f"{spec.outcome}_now") if spec.lag else made.levels
    if isinstance(arrays, str):
        return arrays
    groups = None
    if GROUP in made.rows:
        groups = pd.factorize(made.rows[GROUP].iloc[arrays.kept], sort=True, use_na_sentinel=False)[0]
        arrays = arrays if made.is_panel else replace(arrays, unit=groups)
    found = before_and_after(arrays, **made.how)
    if isinstance(found, str) or groups is None:
        return found
    return replace(found, groups=len(np.unique(groups[arrays.main == 1])))


def balance_in(made: Material, columns: Mapping[str, LinkageColumn]) -> Balance | str:
    """The arms of a link's draw among all rows that were drawn, with or without the outcome; or why not."""
    known = [c for c in known_before(columns, made.spec) if c in made.rows]
    if not known:
        return "nothing in the rows is known to have been measured before the draw"
    arms = _arms(made)
    if isinstance(arms, str):
        return arms
    rows = made.rows.iloc[arms.kept]
    return balance_of(
        rows,
        arms.main,
        outcome=made.spec.outcome,
        cluster=without_gaps(arms.cluster),
        before=known,
        strata=_strata(rows, [c for c in made.controls if c in rows]),
        planned_share=made.spec.planned_share,
    )


_ANY = "any outcome"


def _arms(made: Material) -> Arrays | str:
    """Every row of the main term's arm and of the one it is compared with."""
    rows = made.rows.assign(**{_ANY: 0.0, ROW: np.arange(len(made.rows))})
    driver, cluster = made.spec.drivers[:1], made.cluster or ROW
    try:
        drawn = arrays_of(rows, outcome=f"`{_ANY}`", drivers=driver, unit=None, cluster=cluster)
    except LinkageError as error:
        return str(error)
    others = np.delete(drawn.x, drawn.place, axis=1)
    arms = drawn.rows((others == 0).all(axis=1) & np.isin(drawn.main, (0.0, 1.0)))
    return arms if len(arms.y) and 0 < arms.main.mean() < 1 else "the rows do not show two arms"


def _strata(rows: pd.DataFrame, controls: list[str]) -> np.ndarray | None:
    """The controls as columns, a missing one as a level of its own: a draw may have been made within them."""
    made = [
        rows[[c]].astype("float64").fillna(rows[c].mean())
        if rows[c].dtype.kind in "fiub"
        else pd.get_dummies(rows[c].astype(object).where(rows[c].notna(), "missing"), dtype="float64")
        for c in controls
    ]
    return np.column_stack([part.to_numpy() for part in made]) if made else None
