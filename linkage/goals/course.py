"""The outcome along a metric as it was fitted: its level and slope anywhere, and what moving contacts would change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from linkage.cards.parts.forms import Form
from linkage.cards.parts.held import Held, interval
from linkage.limits.forms import FEWEST_VALUES

GRID = 200
ENDS = (0.01, 0.99)
HAIR = 1e-9
"""In standard deviations: a value that was brought to a goal is not beyond it by rounding."""


@dataclass(frozen=True, eq=False)
class Course:
    """A fitted form of one metric, in the metric's own units.

    turn : +1 where less of the metric is better, else -1. sign : +1 where a higher outcome is better, else -1.
    """

    held: Held
    form: Form
    turn: int
    sign: int

    def scaled(self, values: np.ndarray) -> np.ndarray:
        return (np.asarray(values, dtype=float) - self.held.middle) / self.held.unit

    @cached_property
    def kinds(self) -> np.ndarray:
        """The different values of the fitted rows, in order."""
        return np.unique(self.held.driver)

    @property
    def is_stepped(self) -> bool:
        """Whether it takes so few values that only those can be a goal."""
        return len(self.kinds) < FEWEST_VALUES

    @cached_property
    def span(self) -> tuple[float, float]:
        """Lowest and highest value a goal may have: all but the outermost hundredth of the rows on either side."""
        low, high = np.quantile(self.held.driver, ENDS, method="inverted_cdf")
        return float(low), float(high)

    @cached_property
    def places(self) -> np.ndarray:
        """Values from the good end of what was seen to the bad one, (p,)."""
        low, high = self.span
        if self.is_stepped:
            return self.kinds[(self.kinds >= low) & (self.kinds <= high)][:: self.turn]
        grid = np.linspace(low, high, GRID)
        if self.form.bend is not None:
            place = self.held.middle + self.held.unit * self.form.bend.place
            grid = np.union1d(grid, np.clip(place, low, high))
        return grid[:: self.turn]

    def level(self, values: np.ndarray) -> pd.DataFrame:
        """The expected outcome at values (m,), the rest at its average: estimate, std_error, low, high."""
        apart = self.design(values) - self._centre
        whole = np.column_stack([np.ones(len(apart)), apart])
        variance = np.einsum("ij,jk,ik->i", whole, self.form.fit.covariance, whole)
        expected = self.held.mean + apart @ self.coefficients
        error = np.sqrt(np.maximum(variance, 0.0))
        return pd.DataFrame(interval(expected, error, self.form.fit.df, self.held.confidence))

    @cached_property
    def _centre(self) -> np.ndarray:
        """Where the metric's columns stand at the mean outcome: (c,)."""
        return self.held.centre(self.design(self.held.driver))

    @cached_property
    def covariance(self) -> np.ndarray:
        """Of the metric's columns, the error of a break's place the last of them."""
        return self.form.fit.covariance[1:, 1:]

    @cached_property
    def coefficients(self) -> np.ndarray:
        return self.form.fit.coefficients

    def design(self, values: np.ndarray) -> np.ndarray:
        """The metric's columns at values (m,): (m, c)."""
        z = self.scaled(values)
        columns = self.form.columns(z)
        if self.form.bend is None:
            return columns
        return np.column_stack([columns, -(z > self.form.bend.place + HAIR).astype(float)])

    def seen(self, values: np.ndarray) -> np.ndarray:
        """Values brought into the range of the fitted rows: beyond it the form says nothing."""
        return np.clip(values, self.held.driver.min(), self.held.driver.max())

    def capped(self, values: np.ndarray, goal: float) -> np.ndarray:
        """Values (m,) with those beyond the goal brought to it."""
        return np.minimum(values, goal) if self.turn > 0 else np.maximum(values, goal)

    def is_beyond(self, values: np.ndarray, goal: float) -> np.ndarray:
        """Which values (m,) are worse than the goal; a hair's breadth is not."""
        return self.turn * (np.asarray(values) - goal) > HAIR * self.held.unit

    def gain(self, values: np.ndarray, goal: float) -> dict[str, float]:
        """What the mean outcome of contacts with these values would gain, were none beyond the goal.

        G-computation (Robins 1986): each contact's expected outcome at its value and at the goal, averaged. The
        delta method over the fitted columns; the goal and the contacts are taken as they are.
        """
        values = self.seen(values)
        moved = (self.design(self.capped(values, goal)) - self.design(values)).mean(axis=0)
        error = float(np.sqrt(max(moved @ self.covariance @ moved, 0.0)))
        made = interval(moved @ self.coefficients, error, self.form.fit.df, self.held.confidence)
        return {key: float(made[key]) for key in ("estimate", "std_error", "low", "high")}

    def losses(self) -> pd.DataFrame:
        """What each unit worse takes of the outcome at every place but the best: good is below zero here.

        value, estimate, low, high : in outcome units for the better, per unit of the metric, between a place and
        the next better one.
        """
        design = self.design(self.places)
        steps = np.abs(np.diff(self.places))
        moved = -self.sign * np.diff(design[:, : self._own], axis=0) / steps[:, None]
        covariance = self.covariance[: self._own, : self._own]
        error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", moved, covariance, moved), 0.0))
        made = interval(moved @ self.coefficients[: self._own], error, self.form.fit.df, self.held.confidence)
        return pd.DataFrame({"value": self.places[1:], **{k: made[k] for k in ("estimate", "low", "high")}})

    @property
    def _own(self) -> int:
        """The form's columns without the one for a break's place."""
        return self.design(self.places[:1]).shape[1] - (self.form.bend is not None)

    def drawn_losses(self, draws: int, seed: int) -> np.ndarray:
        """The same losses (draws, p - 1) with coefficients, and the place of a break, drawn from their errors."""
        rng = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn = self.coefficients + rng.standard_normal((draws, len(values))) @ root.T
        steps = np.abs(np.diff(self.places))
        if self.form.bend is None:
            return -self.sign * drawn @ np.diff(self.design(self.places), axis=0).T / steps
        z, change = self.scaled(self.places), self.coefficients[1]
        shift = drawn[:, 2] / change if change else np.zeros(draws)
        beyond = np.maximum(z[None, :] - (self.form.bend.place + shift)[:, None], 0.0)
        outcome = drawn[:, [0]] * z[None, :] + drawn[:, [1]] * beyond
        return -self.sign * np.diff(outcome, axis=1) / steps
