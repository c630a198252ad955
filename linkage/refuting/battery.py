"""All attacks on one link, in one go: what each found, and its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from linkage.checks import NOT_ASSESSED, Check
from linkage.errors import LinkageError
from linkage.refuting.absences import Asked, why_absent
from linkage.refuting.aggregation import MeansOfAnswers, gate_means, judge_means
from linkage.refuting.bootstrapping import Redrawn, judge_redrawn, redraw_clusters
from linkage.refuting.constituency import Band, compare_with_band, judge_band
from linkage.refuting.hidden_cause import HiddenCause, hidden_cause, judge_hidden_cause
from linkage.refuting.higher_cluster import HigherCluster, cluster_higher, judge_higher_cluster
from linkage.refuting.influence import Influence, judge_influence, strongest_clusters
from linkage.refuting.lag_profile import LagProfile, profile_lags
from linkage.refuting.lead import Lead, judge_lead, next_driver
from linkage.refuting.leak import Leak, judge_look_for_leak, look_for_leak
from linkage.refuting.leaving_out import LeftOut, judge_left_out, leave_out
from linkage.refuting.negative_control import NegativeControls, judge_negative_control, try_negative_controls
from linkage.refuting.nonresponse import NonResponse, compare_silent, judge_nonresponse
from linkage.refuting.out_of_sample import OutOfSample, judge_out_of_sample, predict_ahead
from linkage.refuting.placebo import Placebo, judge_placebo, shuffle_driver
from linkage.refuting.power import Power, judge_power, power_of
from linkage.refuting.random_cause import RandomCause, add_random_cause, judge_random_cause
from linkage.refuting.refit import beside
from linkage.refuting.residuals import Residuals, judge_scatter, look_at_residuals
from linkage.refuting.same_source import Halo, judge_halo, look_for_halo
from linkage.refuting.sample import LinkSample
from linkage.refuting.specification import Specifications, curve_specifications, judge_specifications
from linkage.refuting.survivors import Survivors, judge_survivors, put_back_lost
from linkage.refuting.to_the_mean import ToTheMean, hold_baseline, judge_to_the_mean

if TYPE_CHECKING:
    import pandas as pd

    from linkage.linking.surroundings import Surroundings
    from linkage.study_file.declaration import LinkSpec

LEFT_OUT = ("unit_id", "period")


@dataclass(frozen=True, eq=False)
class Attacks:
    """What the attacks on a link's main driver found; None where one could not be made.

    checks : their verdicts, in the order in which they are read. lags : the picture beside the lead.
    """

    leak: Leak | None
    lead: Lead | None
    lags: LagProfile | None
    placebo: Placebo | None
    negative: NegativeControls | None
    left_out: dict[str, LeftOut | None]
    influence: Influence | None
    redrawn: Redrawn | None
    higher: HigherCluster | None
    specifications: Specifications | None
    random_cause: RandomCause | None
    hidden: HiddenCause | None
    silent: NonResponse | None
    halo: Halo | None
    means: MeansOfAnswers | None
    ahead: OutOfSample | None
    baseline: ToTheMean | None
    survivors: Survivors | None
    power: Power | None
    band: Band | None
    residuals: Residuals | None
    checks: tuple[Check, ...]


class Round:
    """One attack after the other: what each found, its verdicts, and the reason where it could not be made."""

    def __init__(self, why: Callable[[str], str] = lambda name: "") -> None:
        self._why = why
        self.found: dict[str, Any] = {}
        self.checks: list[Check] = []

    def make(self, name: str, attack: Callable[[], Any], *judges: Callable[[Any], Check]) -> Any:
        """Attack and judge; an attack that the data refuse is not assessed, and says why."""
        try:
            found = self.found[name] = attack()
            made = [self._told(name, judge(found)) for judge in judges]
        except (LinkageError, np.linalg.LinAlgError) as error:
            found, made = (
                None,
                [Check(TITLES[name], NOT_ASSESSED, None, None, f"It could not be computed: {error}")],
            )
            made = made if judges else []
        self.found[name] = found
        self.checks += made
        return found

    def _told(self, name: str, check: Check) -> Check:
        """A verdict; one that could not be reached with the reason that holds here."""
        reason = self._why(name) if check.verdict == NOT_ASSESSED and self.found[name] is None else ""
        return replace(check, advice=reason) if reason else check


TITLES = {
    "leak": "separation",
    "lead": "lead",
    "placebo": "placebo",
    "negative": "negative control",
    "influence": "influence",
    "redrawn": "bootstrap",
    "higher": "higher cluster",
    "specifications": "specification",
    "random_cause": "random cause",
    "hidden": "hidden cause",
    "silent": "non-response",
    "halo": "same source",
    "means": "aggregation",
    "ahead": "out of sample",
    "baseline": "regression to the mean",
    "survivors": "survivors",
    "power": "power",
    "band": "constituency band",
    "residuals": "spread",
    "shape": "shape",
    "segments": "segments",
    "nesting": "within and between",
    "ladder": "levels and changes",
}
"""The name of the check behind each attack."""


def attack_link(
    sample: LinkSample,
    rows: pd.DataFrame,
    spec: LinkSpec,
    around: Surroundings,
    *,
    low: float,
    high: float,
    robust: bool,
    seed: int = 0,
) -> Attacks:
    """Try to refute a link by every means its rows and the study around them allow.

    rows : as asked, before incomplete ones were dropped. low, high : the reported interval of the main driver.
    robust : its errors allow for uneven scatter.
    """
    shown = low > 0 or high < 0
    main = spec.drivers[0]
    asked = Asked(sample, rows, spec, around)
    turn = Round(lambda name: why_absent(name, asked))
    turn.make(
        "leak", lambda: look_for_leak(rows, outcome=spec.outcome, driver=main, confidence=sample.confidence),
        judge_look_for_leak,
    )  # fmt: skip
    turn.make(
        "lead", lambda: None if around.ahead is None else next_driver(sample, around.ahead),
        lambda found: judge_lead(found, shown=shown),
    )  # fmt: skip
    turn.make(
        "lags",
        lambda: (
            None if around.lags is None else profile_lags(sample, around.lags, declared=spec.lag, seed=seed)
        ),
    )
    turn.make("placebo", lambda: shuffle_driver(sample, seed=seed), lambda f: judge_placebo(f, shown=shown))
    negative = spec.negative_control
    turn.make(
        "negative",
        lambda: try_negative_controls(sample, outcome=negative.outcome, driver=negative.driver, seed=seed),
        lambda found: judge_negative_control(found, negative, shown=shown),
    )
    left_out = {column: leave_out(sample, column) for column in LEFT_OUT if column in sample.table}
    turn.checks += [judge_left_out(found, column, shown=shown) for column, found in left_out.items()]
    turn.make("influence", lambda: strongest_clusters(sample), lambda f: judge_influence(f, shown=shown))
    turn.make("redrawn", lambda: redraw_clusters(sample, low=low, high=high, seed=seed), judge_redrawn)
    turn.make(
        "higher", lambda: cluster_higher(sample, around.units, seed=seed),
        lambda found: judge_higher_cluster(found, shown=shown),
    )  # fmt: skip
    turn.make(
        "specifications", lambda: _specifications(sample, spec, around),
        lambda found: judge_specifications(found, shown=shown),
    )  # fmt: skip
    turn.make("random_cause", lambda: add_random_cause(sample, seed=seed), judge_random_cause)
    turn.make("hidden", lambda: hidden_cause(sample), lambda f: judge_hidden_cause(f, len(sample.controls)))
    turn.make("silent", lambda: compare_silent(sample, around.silence, spec), judge_nonresponse)
    turn.make(
        "halo", lambda: look_for_halo(sample, around.items, marker=spec.marker),
        lambda found: judge_halo(found, same=around.same_source),
    )  # fmt: skip
    turn.make("means", lambda: gate_means(sample, around.means, spec), lambda f: judge_means(f, shown=shown))
    turn.make(
        "ahead", lambda: predict_ahead(sample, lag=spec.lag, seed=seed),
        lambda found: judge_out_of_sample(found, shown=shown),
    )  # fmt: skip
    turn.make(
        "baseline", lambda: hold_baseline(sample, around.values, spec),
        lambda found: judge_to_the_mean(found, shown=shown),
    )  # fmt: skip
    turn.make(
        "survivors",
        lambda: put_back_lost(around.left, spec, cluster=sample.cluster, confidence=sample.confidence),
        judge_survivors,
    )
    turn.make("power", lambda: power_of(sample, low=low, high=high), lambda f: judge_power(f, shown=shown))
    turn.make(
        "band", lambda: compare_with_band(around.constituency, confidence=sample.confidence), judge_band
    )
    turn.make("residuals", lambda: look_at_residuals(sample), lambda f: judge_scatter(f, robust))
    return Attacks(**turn.found, left_out=left_out, checks=tuple(turn.checks))


def _specifications(sample: LinkSample, spec: LinkSpec, around: Surroundings) -> Specifications | None:
    windows = around.windows
    if windows is not None:
        columns = [c for c in windows.columns if "|" in c]
        windows = beside(sample, windows, columns) if columns else None
    return curve_specifications(
        sample, outcomes=spec.alternatives.outcomes, controls=spec.alternatives.controls, windows=windows
    )
