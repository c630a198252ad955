"""Feedback metrics with their uncertainty, and the quality of the scales they are read from."""

from linkage.metrics.indices import LoyaltyIndices, rapid_indices
from linkage.metrics.overview import MetricOverview, summarise_metrics
from linkage.metrics.reliability import ScaleReliability, scale_reliability
from linkage.metrics.same_source import SameSource, first_factor_share
from linkage.metrics.scores import Scores, mean_score, net_promoter, top_box
from linkage.metrics.waves import WaveChange, compare_waves

__all__ = [
    "LoyaltyIndices",
    "MetricOverview",
    "SameSource",
    "ScaleReliability",
    "Scores",
    "WaveChange",
    "compare_waves",
    "first_factor_share",
    "mean_score",
    "net_promoter",
    "rapid_indices",
    "scale_reliability",
    "summarise_metrics",
    "top_box",
]
