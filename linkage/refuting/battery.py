"""All attacks on one link, in one go: what each found, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.checks import Check
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
from linkage.refuting.rounds import Round
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


@dataclass(frozen=True, eq=False)
class _Link:
    """What every attack may take hold of; see attack_link. shown : the reported interval excludes zero."""

    sample: LinkSample
    rows: pd.DataFrame
    spec: LinkSpec
    around: Surroundings
    low: float
    high: float
    robust: bool
    seed: int

    @property
    def shown(self) -> bool:
        return self.low > 0 or self.high < 0


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
    link = _Link(sample, rows, spec, around, low, high, robust, seed)
    asked = Asked(sample, rows, spec, around)
    turn = Round(lambda name: why_absent(name, asked))
    _attack_order(turn, link)
    _attack_chance(turn, link)
    left_out = _attack_groups(turn, link)
    _attack_choices(turn, link)
    _attack_answers(turn, link)
    _attack_reach(turn, link)
    return Attacks(**turn.found, left_out=left_out, checks=tuple(turn.checks))


def _attack_order(turn: Round, link: _Link) -> None:
    """Was the outcome there before the driver, or does it lead it?"""
    sample, around = link.sample, link.around
    turn.make(
        "leak",
        lambda: look_for_leak(
            link.rows, outcome=sample.outcome, driver=link.spec.drivers[0], confidence=sample.confidence
        ),
        judge_look_for_leak,
    )
    turn.make(
        "lead", lambda: None if around.ahead is None else next_driver(sample, around.ahead),
        lambda found: judge_lead(found, shown=link.shown),
    )  # fmt: skip
    turn.make(
        "lags",
        lambda: (
            None
            if around.lags is None
            else profile_lags(sample, around.lags, declared=link.spec.lag, seed=link.seed)
        ),
    )


def _attack_chance(turn: Round, link: _Link) -> None:
    """Would a driver, or an outcome, that cannot matter show as much?"""
    turn.make(
        "placebo", lambda: shuffle_driver(link.sample, seed=link.seed),
        lambda found: judge_placebo(found, shown=link.shown),
    )  # fmt: skip
    negative = link.spec.negative_control
    turn.make(
        "negative",
        lambda: try_negative_controls(
            link.sample, outcome=negative.outcome, driver=negative.driver, seed=link.seed
        ),
        lambda found: judge_negative_control(found, negative, shown=link.shown),
    )


def _attack_groups(turn: Round, link: _Link) -> dict[str, LeftOut | None]:
    """Do a few units, periods or clusters carry it, or only how they are counted? What leaving out found, by column."""
    sample, seed = link.sample, link.seed
    left_out = {column: leave_out(sample, column) for column in LEFT_OUT if column in sample.table}
    turn.checks += [judge_left_out(found, column, shown=link.shown) for column, found in left_out.items()]
    turn.make(
        "influence",
        lambda: strongest_clusters(sample),
        lambda found: judge_influence(found, shown=link.shown),
    )
    turn.make(
        "redrawn", lambda: redraw_clusters(sample, low=link.low, high=link.high, seed=seed), judge_redrawn
    )
    turn.make(
        "higher", lambda: cluster_higher(sample, seed=seed),
        lambda found: judge_higher_cluster(found, shown=link.shown),
    )  # fmt: skip
    return left_out


def _attack_choices(turn: Round, link: _Link) -> None:
    """Does it hang on what was held fixed, or was not?"""
    sample = link.sample
    turn.make(
        "specifications", lambda: _specifications(sample, link.spec, link.around),
        lambda found: judge_specifications(found, shown=link.shown),
    )  # fmt: skip
    turn.make("random_cause", lambda: add_random_cause(sample, seed=link.seed), judge_random_cause)
    turn.make(
        "hidden", lambda: hidden_cause(sample), lambda found: judge_hidden_cause(found, len(sample.controls))
    )


def _attack_answers(turn: Round, link: _Link) -> None:
    """Is it of who answered, of one answer giving both sides, or of means of too few?"""
    sample, spec, around = link.sample, link.spec, link.around
    turn.make("silent", lambda: compare_silent(sample, around.silence, spec), judge_nonresponse)
    turn.make(
        "halo", lambda: look_for_halo(sample, around.items, marker=spec.marker),
        lambda found: judge_halo(found, same=around.same_source),
    )  # fmt: skip
    turn.make(
        "means", lambda: gate_means(sample, around.means, spec),
        lambda found: judge_means(found, shown=link.shown),
    )  # fmt: skip


def _attack_reach(turn: Round, link: _Link) -> None:
    """Does it hold for others: rows not seen, those who started elsewhere, those who left, the size the field knows?"""
    sample, spec, around, shown = link.sample, link.spec, link.around, link.shown
    turn.make(
        "ahead", lambda: predict_ahead(sample, lag=spec.lag, seed=link.seed),
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
    turn.make(
        "power", lambda: power_of(sample, low=link.low, high=link.high),
        lambda found: judge_power(found, shown=shown),
    )  # fmt: skip
    turn.make(
        "band", lambda: compare_with_band(around.constituency, confidence=sample.confidence), judge_band
    )
    turn.make("residuals", lambda: look_at_residuals(sample), lambda found: judge_scatter(found, link.robust))


def _specifications(sample: LinkSample, spec: LinkSpec, around: Surroundings) -> Specifications | None:
    windows = around.windows
    if windows is not None:
        columns = [c for c in windows.columns if "|" in c]
        windows = beside(sample, windows, columns) if columns else None
    return curve_specifications(
        sample, outcomes=spec.alternatives.outcomes, controls=spec.alternatives.controls, windows=windows
    )
