"""Average effects in outcome units, block by block: what the fitted mean does when one driver moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.regression.glm import Family
from linkage.regression.result import estimate_table
from linkage.regression.streamed_design import Block
from linkage.regression.streamed_moments import Stream
from linkage.regression.streamed_rows import Raw, as_double


@dataclass(frozen=True)
class Reach:
    """How a number may move: its place among the columns read, its range, its step; a flag goes from 0 to 1."""

    name: str
    place: int
    low: float
    high: float
    step: float
    is_flag: bool


@dataclass(eq=False)
class Effects:
    """Sums over rows for each driver: differences of the mean, and their derivatives by the coefficients.

    As linkage.regression.contrasts: a number moves by a ten-thousandth of its spread within its range, a flag from
    0 to 1, a category from its reference to each other level.
    """

    stream: Stream
    family: Family
    reaches: dict[str, Reach]
    values: dict[str, float]
    gradients: dict[str, np.ndarray]

    @classmethod
    def of(cls, stream: Stream, family: Family) -> Effects:
        return cls(stream, family, _reaches(stream), {}, {})

    def add(self, raw: Raw, block: Block, coefficients: np.ndarray) -> None:
        share = np.ones(block.n) if block.w is None else block.w
        for name, high, low, distance in self._moves(raw):
            per_unit = share / distance
            above, above_by = self._response(high, per_unit, coefficients)
            below, below_by = self._response(low, per_unit, coefficients)
            self.values[name] = self.values.get(name, 0.0) + float((above - below).sum())
            self.gradients[name] = self.gradients.get(name, 0.0) + (above_by - below_by)

    def _response(
        self, block: Block, share: np.ndarray, coefficients: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        eta = block.linear(coefficients)
        return share * self.family.mean(eta), block.cross(share * self.family.slope(eta))[: block.k]

    def _moves(self, raw: Raw) -> Iterator[tuple[str, Block, Block, np.ndarray]]:
        recipe, layout = self.stream.plan.recipe, self.stream.layout
        categories = list(recipe.levels)
        for column in recipe.columns:
            if column in recipe.levels:
                place = categories.index(column)
                low = layout.block(_with_code(raw, place, 0))
                for code, level in enumerate(recipe.levels[column][1:], start=1):
                    yield (
                        f"{column}[{level}]",
                        layout.block(_with_code(raw, place, code)),
                        low,
                        np.ones(raw.n),
                    )
            else:
                above, below = _ends(raw.numbers[self.reaches[column].place], self.reaches[column])
                high, low = (_with_number(raw, self.reaches[column].place, side) for side in (above, below))
                yield column, layout.block(high), layout.block(low), above - below


def _ends(values: np.ndarray, reach: Reach) -> tuple[np.ndarray, np.ndarray]:
    if reach.is_flag:
        return np.ones_like(values), np.zeros_like(values)
    return np.minimum(values + reach.step, reach.high), np.maximum(values - reach.step, reach.low)


def _with_number(raw: Raw, place: int, values: np.ndarray) -> Raw:
    numbers = raw.numbers.copy()
    numbers[place] = values
    return Raw(numbers, raw.codes)


def _with_code(raw: Raw, place: int, code: int) -> Raw:
    codes = list(raw.codes)
    codes[place] = np.full(raw.n, code)
    return Raw(raw.numbers, tuple(codes))


def _reaches(stream: Stream) -> dict[str, Reach]:
    recipe, rows = stream.plan.recipe, stream.plan.rows
    columns = [c for c in recipe.columns if c not in recipe.levels]
    if not columns:
        return {}
    spread = _spreads(stream)
    asked = []
    for column in columns:
        asked += [f"min({as_double(column)})", f"max({as_double(column)})"]
        asked.append(f"count(*) filter ({as_double(column)} not in (0, 1))")
    (found,) = rows.relation.aggregate(", ".join(f"{a} as a{i}" for i, a in enumerate(asked))).fetchall()
    reaches = {}
    for i, column in enumerate(columns):
        low, high, others = found[3 * i : 3 * i + 3]
        place = rows.numbers.index(column)
        reaches[column] = Reach(column, place, low, high, 1e-4 * spread[place], not others)
    return reaches


def _spreads(stream: Stream) -> np.ndarray:
    """The standard deviation of each number read, summed in the order of the rows so that it repeats exactly."""
    centre, first, second, n = None, 0.0, 0.0, 0
    for raw in stream.plan.rows.blocks():
        centre = raw.numbers.mean(axis=1, keepdims=True) if centre is None else centre
        away = raw.numbers - centre
        first, second, n = first + away.sum(axis=1), second + (away**2).sum(axis=1), n + raw.n
    return np.sqrt(np.maximum(second / n - (first / n) ** 2, 0.0))


def effects_of(
    effects: Effects, covariance: np.ndarray, weight: float, *, df: float, confidence: float
) -> pd.DataFrame:
    """The table of average effects by the delta method. covariance : of the coefficients about the pivots."""
    names = list(effects.values)
    if not names:
        return estimate_table([], np.empty(0), np.empty((0, 0)), df=df, confidence=confidence).rename_axis(
            "driver"
        )
    gradient = np.vstack([effects.gradients[name] for name in names]) / weight
    values = np.array([effects.values[name] for name in names]) / weight
    matrix = gradient @ covariance @ gradient.T
    return estimate_table(names, values, matrix, df=df, confidence=confidence).rename_axis("driver")
