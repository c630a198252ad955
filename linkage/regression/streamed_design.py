"""From a block of rows to regressors, without ever writing out the indicators of a category.

A regressor is either a number a row (*dense*), or a number that counts only in the rows of one level (a *cell*):
for cells, sums over rows are sums by level. So a category of 500 levels costs about as much as a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linkage.errors import LinkError
from linkage.regression.formula import columns_read
from linkage.regression.recipe import Recipe
from linkage.regression.streamed_rows import Raw

DOMAINS = {"log": "> 0", "log10": "> 0", "log2": "> 0", "sqrt": ">= 0"}


@dataclass(frozen=True, eq=False)
class Cells:
    """Regressors that are a product of numbers in the rows of one combination of levels, and 0 elsewhere.

    factors : the numbers (none: an indicator). categories, sizes : the categories and their level counts.
    at : (product of sizes,) the regressor of each combination, or the spare place for a reference level.
    """

    factors: tuple[int, ...]
    categories: tuple[int, ...]
    sizes: tuple[int, ...]
    at: np.ndarray

    def codes(self, codes: Sequence[np.ndarray]) -> np.ndarray:
        combined = codes[self.categories[0]]
        for category, size in zip(self.categories[1:], self.sizes[1:], strict=True):
            combined = combined * size + codes[category]
        return combined


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows as regressors. Places 0..k-1 are the regressors, k the outcome, k + 1 is thrown away.

    dense : (d, n) with their places `at`. cells : (codes, values or None, places of the codes).
    w : (n,) weights, or None. groups : (n,) codes for each grouping.
    """

    k: int
    dense: np.ndarray
    at: np.ndarray
    cells: tuple[tuple[np.ndarray, np.ndarray | None, np.ndarray], ...]
    w: np.ndarray | None
    groups: tuple[np.ndarray, ...]

    @property
    def n(self) -> int:
        return self.dense.shape[1]

    @property
    def y(self) -> np.ndarray:
        return self.dense[-1]

    def linear(self, coefficients: np.ndarray) -> np.ndarray:
        """(n,) the regressors times (k,) coefficients."""
        padded = np.concatenate([coefficients, [0.0, 0.0]])
        total = padded[self.at] @ self.dense
        for codes, values, at in self.cells:
            part = padded[at][codes]
            total += part if values is None else part * values
        return total

    def cross(self, values: np.ndarray) -> np.ndarray:
        """(k + 2,) sums over rows of each regressor (and the outcome) times (n,) values."""
        total = np.zeros(self.k + 2)
        total[self.at] = self.dense @ values
        for codes, own, at in self.cells:
            product = values if own is None else values * own
            total[at] = np.bincount(codes, weights=product, minlength=len(at))
        return total

    def gram(self, w: np.ndarray | None = None) -> np.ndarray:
        """(k + 2, k + 2) sums over rows of the products of all pairs, times (n,) weights."""
        total = np.zeros((self.k + 2, self.k + 2))
        weighted = self.dense if w is None else self.dense * w
        total[np.ix_(self.at, self.at)] = weighted @ self.dense.T
        for i, (codes, own, at) in enumerate(self.cells):
            for place, row in zip(self.at, weighted, strict=True):
                sums = np.bincount(codes, weights=row if own is None else row * own, minlength=len(at))
                total[at, place] = total[place, at] = sums
            for other_codes, other, other_at in self.cells[i:]:
                product = _product(w, own, other)
                pairs = codes * len(other_at) + other_codes
                sums = np.bincount(pairs, weights=product, minlength=len(at) * len(other_at))
                sums = sums.reshape(len(at), len(other_at))
                total[np.ix_(at, other_at)] = sums
                total[np.ix_(other_at, at)] = sums.T
        return total

    def add_by_group(
        self, target: np.ndarray, values: np.ndarray | None, codes: np.ndarray, *, with_outcome: bool = True
    ) -> None:
        """Add each row's regressors (and outcome), times (n,) values, to its group's row of (G, k + 2) target."""
        flat, base = target.reshape(-1), codes * (self.k + 2)
        for place, row in zip(self.at, self.dense if with_outcome else self.dense[:-1], strict=False):
            np.add.at(flat, base + place, row if values is None else row * values)
        for own_codes, own, at in self.cells:
            product = _product(values, own)
            np.add.at(flat, base + at[own_codes], np.ones(self.n) if product is None else product)

    def matrix(self) -> np.ndarray:
        """(k + 1, n) all regressors and the outcome, written out."""
        full = np.zeros((self.k + 2, self.n))
        full[self.at] = self.dense
        rows = np.arange(self.n)
        for codes, values, at in self.cells:
            full[at[codes], rows] = 1.0 if values is None else values
        return full[:-1]

    def take(self, rows: np.ndarray) -> Block:
        """Some of the rows."""
        return Block(
            self.k,
            np.ascontiguousarray(self.dense[:, rows]),
            self.at,
            tuple((c[rows], None if v is None else v[rows], at) for c, v, at in self.cells),
            None if self.w is None else self.w[rows],
            tuple(g[rows] for g in self.groups),
        )


def _product(*parts: np.ndarray | None) -> np.ndarray | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    total = known[0]
    for part in known[1:]:
        total = total * part
    return total


@dataclass(frozen=True, eq=False)
class Layout:
    """How rows become regressors.

    factors : the numbers of the formula: place among the columns read, and a function or None.
    dense : place -> the factors multiplied (none: the intercept); the outcome stands at k, the last.
    levels : how many levels each category has. constant : (k,) what the regressors are multiplied by to give 1 in
    every row (the intercept, or the indicators of all levels of a category), or None.
    pivot : (d,) what is taken off each dense regressor, so that large offsets cost no digits.
    """

    k: int
    factors: tuple[tuple[int, str | None], ...]
    dense: dict[int, tuple[int, ...]]
    cells: tuple[Cells, ...]
    levels: tuple[int, ...]
    constant: np.ndarray | None
    pivot: np.ndarray

    def pivoted(self, first: Raw) -> Layout:
        """The same with the means of the first rows as pivot. Only where a constant is held or absorbed."""
        means = self._dense(first.numbers).mean(axis=1)
        means[[i for i, held in enumerate(self.dense.values()) if not held]] = 0.0
        return replace(self, pivot=means)

    @property
    def pivots(self) -> np.ndarray:
        """(k + 1,) the pivot of each regressor and of the outcome; 0 for cells."""
        full = np.zeros(self.k + 1)
        full[list(self.dense)] = self.pivot
        return full

    def block(self, raw: Raw, weight: int | None = None) -> Block:
        numbers, codes = raw.numbers, raw.codes
        dense = self._dense(numbers)
        dense -= self.pivot[:, None]
        cells = []
        for cell in self.cells:
            values = [self._factor(numbers, i) for i in cell.factors]
            cells.append((cell.codes(codes), _product(*values), cell.at))
        return Block(
            self.k,
            dense,
            np.array(list(self.dense)),
            tuple(cells),
            None if weight is None else numbers[weight],
            tuple(codes[len(self.levels) :]),
        )

    def matrix(self, numbers: np.ndarray, codes: Sequence[np.ndarray]) -> np.ndarray:
        """(k + 1, n) regressors and outcome, written out."""
        return self.block(Raw(numbers, tuple(codes))).matrix()

    def _dense(self, numbers: np.ndarray) -> np.ndarray:
        rows = np.empty((len(self.dense), numbers.shape[1]))
        for row, held in zip(rows, self.dense.values(), strict=True):
            row[:] = self._factor(numbers, held[0]) if held else 1.0
            for factor in held[1:]:
                row *= self._factor(numbers, factor)
        return rows

    def _factor(self, numbers: np.ndarray, factor: int) -> np.ndarray:
        column, function = self.factors[factor]
        return numbers[column] if function is None else getattr(np, function)(numbers[column])


def layout_of(outcome, recipe: Recipe, numbers: Sequence[str], *, absorb: str | None) -> Layout:
    """The layout that a recipe's specification describes; without its intercept where a column is absorbed."""
    if absorb and recipe.names[0] != "Intercept":
        raise LinkError(
            f"absorb={absorb!r} takes the place of the constant: leave '0 +' or '- 1' out of the formula."
        )
    place = -1 if absorb else 0
    k = len(recipe.names) + place
    factors: dict[tuple[int, str | None], int] = {}
    dense, cells = {}, []
    for part in (scoped for term in recipe.spec.structure for scoped in term.scoped_terms):
        own, groups = _parts(part, recipe, numbers, factors)
        if groups:
            cells.append(_cells(own, groups, place, k + 1))
        elif place >= 0:
            dense[place] = own
        place += int(np.prod([size - reduced for _, size, reduced in groups]))
    (term,) = outcome
    dense[k] = tuple(_number(factor, numbers, factors) for factor in term.factors)
    sizes = tuple(len(known) for known in recipe.levels.values())
    constant = None if absorb else _constant(dense, cells, k)
    return Layout(k, tuple(factors), dense, tuple(cells), sizes, constant, np.zeros(len(dense)))


def _parts(part, recipe: Recipe, numbers: Sequence[str], factors: dict) -> tuple[tuple[int, ...], list]:
    """The numbers of a term, and its categories: place, how many levels, whether the reference has no column."""
    if part.scale != 1:
        raise LinkError(f"The term {part} cannot be fitted in blocks. Use fit_linear on a DataFrame.")
    own, groups, categories = [], [], list(recipe.levels)
    for scoped in part.factors:
        column = transformed(scoped.factor.factor)[1]
        if column in recipe.levels:
            groups.append((categories.index(column), len(recipe.levels[column]), scoped.reduced))
        else:
            own.append(_number(scoped.factor.factor, numbers, factors))
    return tuple(own), groups


def _number(factor, numbers: Sequence[str], factors: dict[tuple[int, str | None], int]) -> int:
    """The place of a number among the factors, which grow by it if it is new."""
    function, column = transformed(factor)
    if function == "C":
        raise LinkError(f"{column!r} is both a number and a category here. Use fit_linear on a DataFrame.")
    return factors.setdefault((numbers.index(column), function), len(factors))


def transformed(factor) -> tuple[str | None, str | None]:
    """A factor as (function, column): (None, "nps"), ("C", "wave"), ("log", "spend"); refuses any other."""
    kind = factor.eval_method.value
    if kind == "literal":
        return None, None
    if kind == "lookup":
        return None, factor.expr
    found = re.fullmatch(r"(\w+)\(\s*(`[^`]+`|\w+)\s*\)", factor.expr)
    if found and found.group(1) in ("C", *DOMAINS) and len(columns_read(factor)) == 1:
        return found.group(1), found.group(2).strip("`")
    raise LinkError(
        f"{factor.expr!r} cannot be fitted in blocks: a large relation takes numbers, categories, C(x), a:b and "
        f"{', '.join(f'{name}(x)' for name in DOMAINS)}. Compute it as a column of the relation, or use fit_linear "
        "on a DataFrame."
    )


def _constant(dense: dict[int, tuple[int, ...]], cells: Sequence[Cells], k: int) -> np.ndarray | None:
    ones = [place for place, held in dense.items() if not held]
    whole = [cell.at for cell in cells if not cell.factors and (cell.at < k).all()]
    if not ones and not whole:
        return None
    constant = np.zeros(k)
    constant[ones or whole[0]] = 1.0
    return constant


def _cells(factors, groups, place: int, spare: int) -> Cells:
    """Cells whose columns stand in formulaic's order: the levels of the first category change fastest."""
    sizes = tuple(size for _, size, _ in groups)
    at = np.full(sizes, spare)
    kept = tuple(slice(int(reduced), None) for _, _, reduced in groups)
    shape = at[kept].shape
    at[kept] = place + np.arange(np.prod(shape)).reshape(shape, order="F")
    return Cells(factors, tuple(c for c, _, _ in groups), sizes, at.reshape(-1))
