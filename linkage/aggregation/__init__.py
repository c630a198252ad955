"""Before unit means are used: may they be averaged, how reliable are they, whose slope is it."""

from linkage.aggregation.gate import AggregationGate, gate_aggregation, gate_from_sums
from linkage.aggregation.slopes import WithinBetween, split_within_between
from linkage.aggregation.unit_means import (
    CorrectedSlope,
    ShrunkMeans,
    correct_attenuation,
    shrink_unit_means,
)

__all__ = [
    "AggregationGate",
    "CorrectedSlope",
    "ShrunkMeans",
    "WithinBetween",
    "correct_attenuation",
    "gate_aggregation",
    "gate_from_sums",
    "shrink_unit_means",
    "split_within_between",
]
