"""What every answer can do: say itself, hand out its table, show itself in a notebook."""

from __future__ import annotations

from html import escape

import pandas as pd


class Result:
    """A frozen answer. A subclass is a dataclass(frozen=True, eq=False, repr=False).

    Its main table is the field named by `main_table` ("estimates" unless said otherwise).
    """

    main_table = "estimates"

    def summary(self) -> str:
        """The answer in plain words, with its interval and its n."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """A copy of the main table at full precision."""
        return getattr(self, self.main_table).copy()

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The main table, rounded for reading."""
        frame = self.to_frame()
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0  # no "-0.0"
        return frame

    def __repr__(self) -> str:
        said = self.summary()
        gap = "\n" if said.startswith("- ") else " "  # a list begins on a line of its own
        return f"{type(self).__name__}:{gap}{said}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.summary())}</p>{self.table().to_html(border=0, escape=True)}"
