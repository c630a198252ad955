"""All feedback beside all operational and financial figures: what goes with what, before anything is declared.

cells    which pairs a study can ask, at which grain and lag
pairs    one pair: its slope with period and segment held fixed
asking   all of them, judged as one family
beside   where it differs from a declared link, and what makes the difference
drawing  small multiples
"""

from linkage.matrix.asking import LinkMatrix, link_matrix
from linkage.matrix.beside import MatrixBesideLinks, matrix_beside_links
from linkage.matrix.cells import Cell, cells_of
from linkage.matrix.pairs import PairFit, fit_pair

__all__ = [
    "Cell",
    "LinkMatrix",
    "MatrixBesideLinks",
    "PairFit",
    "cells_of",
    "fit_pair",
    "link_matrix",
    "matrix_beside_links",
]
