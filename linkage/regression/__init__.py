"""Regressions: what goes with what, the others held fixed, and how sure that is."""

from linkage.regression.covariance import Errors
from linkage.regression.linear import LinearFit, fit_linear
from linkage.regression.result import Fit

__all__ = ["Errors", "Fit", "LinearFit", "fit_linear"]
