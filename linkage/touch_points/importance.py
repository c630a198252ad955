"""How much each touch point counts for the overall experience: by two methods, with the sureness of the order."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from linkage.drivers import DriverRanking, rank_drivers
from linkage.errors import LinkageError
from linkage.touch_points.rows import Answers

SHARES = ("importance", "importance_low", "importance_high")


@dataclass(frozen=True, eq=False)
class Importance:
    """One row a touch point, indexed by its name; rankings : the full answers by method, LMG first where it can be.

    estimate, std_error, low, high : points of the overall rating for one point of the touch point, the others fixed.
    importance, johnson (with low and high) : shares of what is explained, by Lindeman, Merenda and Gold and by Johnson.
    rank, johnson_rank (with low and high). is_above_noise, vif, simple_r.
    """

    estimates: pd.DataFrame
    main: DriverRanking
    johnson: DriverRanking

    @property
    def agree(self) -> bool:
        """Whether both methods give the same order."""
        return bool((self.estimates["rank"] == self.estimates["johnson_rank"]).all())


def importance_of(
    answers: Answers, *, seed: int = 0, confidence: float = 0.95, draws: int = 1000
) -> Importance | str:
    """The two rankings of the link's own rows; or why there are none."""
    rows = answers.table[answers.fitted]
    try:
        return rank_both(
            rows, answers, controls=_telling(rows, answers), seed=seed, confidence=confidence, draws=draws
        )
    except LinkageError as error:
        return str(error)


def rank_both(
    rows: pd.DataFrame, answers: Answers, *, controls: list[str], seed: int, confidence: float, draws: int
) -> Importance:
    """Both rankings of some rows, the same bootstrap samples in each."""
    spec = answers.spec
    asked = {
        "outcome": spec.outcome, "drivers": list(spec.drivers), "controls": controls, "cluster": answers.cluster,
        "weights": spec.weights, "draws": draws, "seed": seed, "confidence": confidence,
    }  # fmt: skip
    main = rank_drivers(rows, **asked)
    johnson = rank_drivers(rows, **asked, method="johnson")
    return Importance(_joined(main.estimates, johnson.estimates), main, johnson)


def _telling(rows: pd.DataFrame, answers: Answers) -> list[str]:
    """The controls that still tell rows apart."""
    known = rows.dropna(subset=[answers.spec.outcome])
    return [c for c in answers.spec.controls if known[c].nunique() > 1]


def _joined(main: pd.DataFrame, johnson: pd.DataFrame) -> pd.DataFrame:
    kept = ["estimate", "std_error", "low", "high", "p_value", "share", "share_low", "share_high"]
    kept += ["rank", "rank_low", "rank_high", "is_above_noise", "simple_r", "vif"]
    named = dict(zip(("share", "share_low", "share_high"), SHARES, strict=True))
    other = johnson[["share", "share_low", "share_high", "rank", "rank_low", "rank_high"]].set_axis(
        ["johnson", "johnson_low", "johnson_high", "johnson_rank", "johnson_rank_low", "johnson_rank_high"],
        axis=1,
    )
    return main[kept].rename(columns=named).join(other)
