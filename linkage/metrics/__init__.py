"""Feedback metrics with their uncertainty, and the quality of the scales they are read from."""

from linkage.metrics.overview import MetricOverview, summarise_metrics
from linkage.metrics.scores import Scores, mean_score, net_promoter, top_box
from linkage.metrics.waves import WaveChange, compare_waves

__all__ = [
    "MetricOverview",
    "Scores",
    "WaveChange",
    "compare_waves",
    "mean_score",
    "net_promoter",
    "summarise_metrics",
    "top_box",
]
