"""Which drivers count most for an outcome: coefficients, shares of what is explained, how sure."""

from linkage.drivers.importance import (
    Dominance,
    correlation_matrix,
    dominance,
    explained_shares,
    johnson_weights,
    lmg_weights,
    subset_r_squared,
)
from linkage.drivers.ranking import DriverRanking, rank_drivers

__all__ = [
    "Dominance",
    "DriverRanking",
    "correlation_matrix",
    "dominance",
    "explained_shares",
    "johnson_weights",
    "lmg_weights",
    "rank_drivers",
    "subset_r_squared",
]
