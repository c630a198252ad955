"""Which way of counting answers foretells an outcome best? Every metric on the same rows, out of sample.

contenders   the ways to turn answers into a metric
rows         metrics in a period beside outcomes in the next
forecasting  rolling origin, and clusters drawn again
race         who wins, if anybody
drawing      dots with intervals
"""

from linkage.racing.contenders import Contender, contenders_of
from linkage.racing.forecasting import Forecasts, drawn_shares, forecast, shares
from linkage.racing.race import MetricRace, metric_race

__all__ = [
    "Contender",
    "Forecasts",
    "MetricRace",
    "contenders_of",
    "drawn_shares",
    "forecast",
    "metric_race",
    "shares",
]
