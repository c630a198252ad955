"""A link's estimate on every rung of the ladder that its data allow, side by side and never averaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import LinkageColumn
from linkage.rungs.designs import balance_in, trends_of
from linkage.rungs.material import Material
from linkage.rungs.result import Ladder, Orders
from linkage.rungs.steps import (
    adjusted_step,
    change_step,
    event_step,
    later_step,
    lot_step,
    raw_step,
    within_step,
)
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.refuting.sample import LinkSample


def rungs_of(
    sample: LinkSample,
    spec: LinkSpec,
    *,
    estimates: pd.DataFrame,
    rows: pd.DataFrame | None = None,
    orders: Orders | None = None,
    columns: Mapping[str, LinkageColumn] | None = None,
    seed: int = 0,
) -> Ladder:
    """What does the main driver's link look like on every rung of the ladder?

    sample : the link as fitted. estimates : the card's, whose first row is the main driver.
    rows : the link's levels as `rung_rows` fetches them, or a whole table of its grain (for a link without a lag or a
    change); None where only the fitted rows are known.
    orders : what came first, for each way to compare. columns : what the table's columns mean, by name; without them
    nobody knows what was measured before a draw.

    Every rung is least squares with errors clustered as the card's; what cannot be computed is a row that says why.
    """
    made = Material(
        sample, spec, estimates.iloc[0], sample.table if rows is None else rows, orders or Orders(), seed
    )
    steps = [raw_step(made), adjusted_step(made), within_step(made), change_step(made), later_step(made)]
    trends: object = "The link declares no intervention."
    balance: object = "The link declares no draw by lot."
    if spec.design == "intervention":
        trends = trends_of(made)
        steps.append(event_step(trends))
    if spec.design == "randomised":
        balance = balance_in(made, columns or {})
        steps.append(lot_step(made))
    return Ladder(spec.outcome, sample.main, pd.DataFrame(steps), trends, balance, sample.confidence)
