"""Which drivers count most for an outcome, with the uncertainty of the ranking itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from linkage.drivers.bootstrap import noise_table, pair_table
from linkage.drivers.estimates import dominance_tables, draw_importance, driver_estimates
from linkage.drivers.importance import LMG_LIMIT
from linkage.drivers.sample import ranking_sample, refuse_bad_request
from linkage.drivers.sandwich import error_name
from linkage.limits.fitted import FEW_CLUSTERS
from linkage.precision import check_seed
from linkage.results import Result
from linkage.rows import as_names
from linkage.sentences import listed


@dataclass(frozen=True, eq=False, repr=False)
class DriverRanking(Result):
    """Which drivers go with the outcome, and how much of it each explains beside the others.

    estimates : one row per driver, the one that counts most first.
        estimate, std_error, df, low, high, p_value : outcome units per unit of the driver, others fixed.
        beta : the same in standard deviations of what the controls leave. simple_r : plain correlation.
        is_sign_flipped : coefficient and plain correlation point in opposite directions.
        vif : variance of the estimate, as a multiple of what it were without the other drivers.
        share, share_low, share_high : of explained variance; shares sum to 1.
        lmg, johnson (with low and high), pratt : R-squared units, each summing to r_squared.
        first, last : R-squared alone, and gained after all others.
        rank, rank_low, rank_high : 1 counts most. is_above_noise : beats a random driver.
    pairs : differences between the shares of every two drivers.
    noise : each share less that of a random normal driver.
    conditional, complete : dominance tables (empty for Johnson's method).
    r_squared : explained share of what controls leave of the outcome; controls_r_squared : what they take.
    draws : bootstrap samples used.
    """

    outcome: str
    drivers: tuple[str, ...]
    controls: tuple[str, ...]
    cluster: str | None
    estimates: pd.DataFrame
    pairs: pd.DataFrame
    noise: pd.DataFrame
    conditional: pd.DataFrame
    complete: pd.DataFrame
    r_squared: float
    controls_r_squared: float
    n_used: int
    n_dropped: int
    clusters: int | None
    method: str
    draws: int
    seed: int
    confidence: float

    def summary(self) -> str:
        return " ".join(part for part in (self._leader(), self._doubts(), self._base()) if part)

    def _leader(self) -> str:
        top = self.estimates.iloc[0]
        held = f", with {listed(self.controls)} held fixed" if self.controls else ""
        explained = f"Together the drivers explain {self.r_squared:.1%} of {self.outcome}{held}."
        if not self.estimates["is_above_noise"].any():
            return f"No driver of {self.outcome} stands out from random noise. {explained}"
        return (
            f"{top.name} counts most for {self.outcome}: it holds {top.share:.0%} of what is explained "
            f"({self.confidence:.0%} interval {top.share_low:.0%} to {top.share_high:.0%}; rank "
            f"{top.rank_low:.0f} to {top.rank_high:.0f}), and one unit more goes with {top.estimate:+.3g} "
            f"({top.low:+.3g} to {top.high:+.3g}). {explained}"
        )

    def _doubts(self) -> str:
        table, notes = self.estimates, []
        lost = table.index[~table["is_above_noise"]]
        if 0 < len(lost) < len(table):
            notes.append(f"Not above random noise: {listed(lost)}.")
        clear = table["is_sign_flipped"] & ((table["low"] > 0) | (table["high"] < 0))
        if clear.any():
            notes.append(
                f"The sign turns beside the other drivers for {listed(table.index[clear])}: they overlap."
            )
        return " ".join(notes)

    def _base(self) -> str:
        among = f" in {self.clusters:,} clusters" if self.clusters else ""
        few = self.clusters is not None and self.clusters < FEW_CLUSTERS
        warning = f" With fewer than {FEW_CLUSTERS} clusters the intervals may be too narrow." if few else ""
        return f"n = {self.n_used:,}{among}; {self.n_dropped:,} rows left out. An association.{warning}"


def rank_drivers(
    table: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    controls: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    method: str = "auto",
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> DriverRanking:
    """Rank drivers of an outcome by how much of it each explains beside the others.

    table : a linkage table; may hold several rows per `cluster`, such as `customer_id`.
    controls : held fixed; numbers, or categories. They are taken out of outcome and drivers first, so
        that importance is of what they leave. weights : column of survey weights.
    method : "lmg" (at most 15 drivers), "johnson", or "auto": lmg where it can.
    draws : bootstrap samples of whole clusters (of rows without a cluster) behind every interval of a
        share, a rank or a difference; those of coefficients are of t, with clustered errors.

    A share is the gain in R-squared averaged over every order of entry (Lindeman, Merenda and Gold 1980,
    p. 119), or Johnson's (2000) relative weight. Raises FitError for constant or collinear columns,
    TooFewRowsError below 10 complete rows a driver. An association, not a cause.
    """
    drivers, controls = as_names(drivers), as_names(controls)
    refuse_bad_request(outcome, drivers, controls, method, draws, confidence)
    check_seed(seed)
    use_lmg = method == "lmg" or (method == "auto" and len(drivers) <= LMG_LIMIT)
    asked = {"outcome": outcome, "drivers": drivers, "controls": controls, "cluster": cluster}
    sample = ranking_sample(table, weights=weights, **asked)
    drawn = draw_importance(sample, use_lmg=use_lmg, draws=draws, seed=seed)
    estimates = driver_estimates(sample, drawn, confidence)
    conditional, complete = dominance_tables(sample, use_lmg)
    measure = "LMG" if use_lmg else "Johnson"
    return DriverRanking(
        **asked,
        estimates=estimates,
        pairs=pair_table(drivers, drawn, confidence),
        noise=noise_table(drivers, drawn, confidence),
        conditional=conditional,
        complete=complete,
        r_squared=float(estimates["johnson"].sum()),
        controls_r_squared=sample.controls_r_squared,
        n_used=len(sample.y),
        n_dropped=len(table) - len(sample.y),
        clusters=sample.clusters,
        method=f"{measure} shares, bootstrap of {'clusters' if cluster else 'rows'}; "
        f"least squares, {error_name(cluster)}",
        draws=len(drawn.draws),
        seed=seed,
        confidence=confidence,
    )
