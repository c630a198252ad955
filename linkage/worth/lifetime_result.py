"""What customers are worth, as an answer: by band, with its hold-out, its independence check and who is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.checks import Check
from linkage.publishing import Published
from linkage.results import Result
from linkage.suppressing import told_counts
from linkage.value.bands import ValueByBand
from linkage.value.calibration import HoldoutCalibration
from linkage.value.money import horizon_words
from linkage.value.serving import ServiceByValue
from linkage.worth.figures import MoneyFigure, publish_money
from linkage.worth.holdout import HeldOut

if TYPE_CHECKING:
    from linkage.plots import Picture


@dataclass(frozen=True, eq=False, repr=False)
class LifetimeValue(Result):
    """What customers are worth.

    estimates : by band, as `ValueByBand` has them. form : contract or non_contract, and `chosen` says why.
    bands : the full answer by band. calibration : foretold against actual in a hold-out. independence : does what
        the model takes as unrelated go together (contract: margin and leaving; otherwise: spend and frequency)?
    service : who is under- and over-served. missing : parts that could not be made, and why. Each part is None then.
    """

    estimates: pd.DataFrame
    form: str
    chosen: str
    bands: ValueByBand | None
    calibration: HeldOut | HoldoutCalibration | None
    independence: Check | None
    service: ServiceByValue | None
    missing: dict[str, str]
    counted: str
    currency: str
    period: str

    def summary(self) -> str:
        if self.bands is None:
            return f"Customers cannot be valued here. {self.missing['value']}"
        parts = [f"Form: {self.form}, {self.chosen}; counted in {self.counted}.", self.bands.summary()]
        if self.calibration is not None:
            parts.append(self.calibration.summary())
        if self.independence is not None:
            parts.append(f"{self.independence.name}: {self.independence.verdict}. {self.independence.advice}")
        if self.service is not None:
            parts.append(self.service.summary())
        parts += [f"Not made: {part}. {reason}" for part, reason in self.missing.items()]
        return "\n".join(f"- {part}" for part in parts)

    def table(self, decimals: int = 1) -> pd.DataFrame:
        if self.bands is None:
            return super().table(decimals)
        frame = self.bands.to_frame()
        finer = {c: 3 for c in ("retention", "p_alive", "expected_count") if c in frame}
        amounts = {c: decimals for c in frame.select_dtypes("number").columns if c not in finer}
        return self._told(frame.round({**amounts, **finer}))

    def _told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table for reading: of a group that is hidden its count too."""
        counts = told_counts(frame["n"], frame["suppressed"], self.bands.minimum_group)
        return frame.assign(n=counts)

    def gaps(self, decimals: int = 1) -> pd.DataFrame:
        """How much more customers of one band are worth than of another."""
        return pd.DataFrame() if self.bands is None else self.bands.gaps.round(decimals)

    def checks(self) -> pd.DataFrame:
        """The independence check, as a table."""
        rows = [self.independence.to_row()] if self.independence else []
        return pd.DataFrame(rows, columns=["name", "verdict", "value", "limit", "advice"]).set_index("name")

    def lacking(self) -> pd.DataFrame:
        return pd.DataFrame(self.missing.items(), columns=["part", "what is missing"]).set_index("part")

    def held_out(self, decimals: int = 2) -> pd.DataFrame:
        """The numbers behind the calibration plot."""
        return pd.DataFrame() if self.calibration is None else self._told(self.calibration.table(decimals))

    def served(self, decimals: int = 2) -> pd.DataFrame:
        """Who is under- and over-served, in classes of value and service."""
        return pd.DataFrame() if self.service is None else self._told(self.service.table(decimals))

    def plot(self) -> Picture:
        """Mean lifetime value by band."""
        from linkage.plots import nothing_to_draw
        from linkage.worth.pictures import draw_amounts

        if self.bands is None:
            return nothing_to_draw(self.summary())
        title = f"Lifetime value by band, {horizon_words(self.bands.horizon, self.bands.time_unit)}"
        standing = {"level": self.bands.level, "basis": self.bands.basis}
        return draw_amounts(self.estimates, title=title, currency=self.currency, **standing)

    def plot_calibration(self) -> Picture:
        """Foretold against actual in the hold-out."""
        from linkage.plots import nothing_to_draw
        from linkage.worth.pictures import draw_foretold

        if self.calibration is None:
            return nothing_to_draw(
                f"No hold-out. {self.missing.get('hold-out', self.missing.get('value', ''))}"
            )
        frame, unit, title = self.calibration.estimates, f"{self.currency} a customer", "Hold-out"
        if isinstance(self.calibration, HoldoutCalibration):
            unit = "purchases a customer"
            frame = frame.assign(
                low=frame["predicted"] + frame["low"], high=frame["predicted"] + frame["high"]
            )
        else:
            over = horizon_words(self.calibration.periods, self.calibration.time_unit)
            title = f"Hold-out over {over} (L1, estimated)"
        return draw_foretold(frame, title=title, unit=unit)

    def figures(self) -> list[MoneyFigure]:
        if self.bands is None:
            return []
        shown = self.estimates[~self.estimates["suppressed"]]
        carried = self.bands.carried()
        return [
            MoneyFigure(
                figure="lifetime value of a customer",
                **{c: float(row[c]) for c in ("estimate", "low", "high")},
                **carried,
                n=int(row["n"]),
                what=f"mean discounted {self.counted} of a customer of the band, {self.form} form; "
                f"n: {self.bands.counted}",
                group=str(band),
            )
            for band, row in shown.iterrows()
        ]

    def publish(self) -> Published:
        return publish_money(self.figures())
