"""Units followed over periods: lags, changes, unit effects, events, growth. See each module.

grid       complete unit x period grids and lags by period arithmetic
averaged   a fit for every period, and their average
within     unit (and period) effects
absorbing  least squares within them, whatever the units of its columns
mundlak    each link split into within and between units
random     between units; random effects and the Hausman test
changes    change on change; one series with Newey-West errors
dynamic    the outcome's own past among the drivers: two answers that bracket the truth
events     before and after, treated against not (yet) treated
growth     a level and a slope of its own for every unit
"""

from linkage.panel.averaged import AveragedFit, fit_by_period
from linkage.panel.changes import ChangeFit, first_differences, newey_west
from linkage.panel.dynamic import DynamicBracket, bracket_lagged_outcome
from linkage.panel.events import EventStudy, event_study
from linkage.panel.grid import PanelRows, add_lags, complete_grid
from linkage.panel.growth import GrowthFit, fit_growth
from linkage.panel.mundlak import WithinBetween, split_within_between
from linkage.panel.random import HausmanTest, RandomEffects, fit_between, hausman_test, random_effects
from linkage.panel.within import WithinFit, fit_within

__all__ = [
    "AveragedFit",
    "ChangeFit",
    "DynamicBracket",
    "EventStudy",
    "GrowthFit",
    "HausmanTest",
    "PanelRows",
    "RandomEffects",
    "WithinBetween",
    "WithinFit",
    "add_lags",
    "bracket_lagged_outcome",
    "complete_grid",
    "event_study",
    "first_differences",
    "fit_between",
    "fit_by_period",
    "fit_growth",
    "fit_within",
    "hausman_test",
    "newey_west",
    "random_effects",
    "split_within_between",
]
