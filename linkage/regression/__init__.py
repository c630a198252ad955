"""Regressions: what goes with what, the others held fixed, and how sure that is."""

from linkage.regression.amounts import fit_positive
from linkage.regression.binary import fit_logit
from linkage.regression.counts import fit_counts
from linkage.regression.covariance import Errors
from linkage.regression.glm import GlmFit
from linkage.regression.linear import LinearFit, fit_linear
from linkage.regression.ordered import OrderedFit, fit_ordered
from linkage.regression.proportional_odds import ProportionalOdds, check_proportional_odds
from linkage.regression.result import Fit
from linkage.regression.streamed import fit_streamed
from linkage.regression.two_part import TwoPartFit, fit_two_part

__all__ = [
    "Errors",
    "Fit",
    "GlmFit",
    "LinearFit",
    "OrderedFit",
    "ProportionalOdds",
    "TwoPartFit",
    "check_proportional_odds",
    "fit_counts",
    "fit_linear",
    "fit_logit",
    "fit_ordered",
    "fit_positive",
    "fit_streamed",
    "fit_two_part",
]
