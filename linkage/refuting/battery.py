"""All attacks on one link, in one go: what each found, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.checks import Check
from linkage.refuting.bootstrapping import Redrawn, judge_redrawn, redraw_clusters
from linkage.refuting.hidden_cause import HiddenCause, hidden_cause, judge_hidden_cause
from linkage.refuting.influence import Influence, judge_influence, strongest_clusters
from linkage.refuting.leaving_out import LeftOut, judge_left_out, leave_out
from linkage.refuting.placebo import Placebo, judge_placebo, shuffle_driver
from linkage.refuting.residuals import Residuals, judge_form, judge_scatter, look_at_residuals
from linkage.refuting.sample import LinkSample

LEFT_OUT = ("unit_id", "period")


@dataclass(frozen=True, eq=False)
class Attacks:
    """What the attacks on a link's main driver found; None where one could not be made."""

    placebo: Placebo | None
    left_out: dict[str, LeftOut | None]
    influence: Influence | None
    redrawn: Redrawn | None
    hidden: HiddenCause | None
    residuals: Residuals | None
    checks: tuple[Check, ...]


def attack_link(sample: LinkSample, *, low: float, high: float, robust: bool, seed: int = 0) -> Attacks:
    """Try to refute a link by every means that needs only its own rows.

    low, high : the reported interval of the main driver. robust : its errors allow for uneven scatter.
    """
    placebo = shuffle_driver(sample, seed=seed)
    left_out = {column: leave_out(sample, column) for column in LEFT_OUT if column in sample.table}
    influence = strongest_clusters(sample)
    redrawn = redraw_clusters(sample, low=low, high=high, seed=seed)
    hidden = hidden_cause(sample)
    residuals = look_at_residuals(sample)
    shown = low > 0 or high < 0
    return Attacks(
        placebo,
        left_out,
        influence,
        redrawn,
        hidden,
        residuals,
        (
            judge_placebo(placebo, shown=shown),
            *(judge_left_out(found, column, shown=shown) for column, found in left_out.items()),
            judge_influence(influence, shown=shown),
            judge_redrawn(redrawn),
            judge_hidden_cause(hidden, len(sample.controls)),
            judge_form(residuals),
            judge_scatter(residuals, robust),
        ),
    )
