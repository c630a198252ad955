"""How an outcome moves along a driver: binned means, smooth shapes, and points where the link changes."""

from linkage.thresholds.bins import BinnedMeans, bin_means
from linkage.thresholds.breaks import Break, find_break
from linkage.thresholds.shape import Shape, fit_shape

__all__ = ["BinnedMeans", "Break", "Shape", "bin_means", "find_break", "fit_shape"]
