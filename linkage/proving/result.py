"""A proof: every method's answer beside what was planted."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from linkage.errors import LinkError
from linkage.proving.evidence import EXACT, NAIVE, NO_ANSWER, NO_TRUTH, RIGHT
from linkage.results import Result

SHORT = ["method", "source", "what", "reading", "truth", "estimate", "low", "high", "n", "covered"]


@dataclass(frozen=True, eq=False, repr=False)
class Proof(Result):
    """Whether the methods find what is known to be there.

    estimates : one row a method and planted quantity. family, method; quantity, its name in the truth file;
        what and unit; reading ("right": the interval should hold it as often as its confidence says; "exact":
        it should come out as it is, such as a rank; "in part": it can only come nearer; "naive": it should
        miss, which is the lesson); truth, missing where nothing is planted; estimate,
        std_error, low, high, p_value; n rows used; covered ("yes", "no", or why that cannot be said); source,
        the function; note.
    study, period : whose data, and up to when.
    """

    study: str
    period: str
    estimates: pd.DataFrame
    seed: int
    confidence: float

    @property
    def judged(self) -> pd.DataFrame:
        """The rows whose interval should hold the planted value about as often as its confidence says."""
        rows = self.estimates
        return rows[(rows["reading"] == RIGHT) & rows["covered"].isin(["yes", "no"])]

    @property
    def families(self) -> list[str]:
        return list(dict.fromkeys(self.estimates["family"]))

    def family(self, *names: str) -> pd.DataFrame:
        """One family of methods, or several in the order named, for reading: one row a method and quantity.

        Raises LinkError for a name that is not among `families`.
        """
        unknown = [name for name in names if name not in self.families]
        if unknown:
            raise LinkError(f"The proof has no family {unknown[0]!r}. It has: {', '.join(self.families)}.")
        rows = pd.concat([self.estimates[self.estimates["family"] == name] for name in names])
        return rows.set_index("quantity")[SHORT].round(4)

    def missed(self) -> pd.DataFrame:
        """The judged rows whose interval does not hold the planted value, the farthest first."""
        rows = self.judged[self.judged["covered"] == "no"]
        gaps = ((rows["estimate"] - rows["truth"]) / rows["std_error"]).abs()
        return rows.assign(std_errors_off=gaps).sort_values("std_errors_off", ascending=False)

    def summary(self) -> str:
        judged, missed = self.judged, self.missed()
        expected = (1 - self.confidence) * len(judged)
        farthest = missed["std_errors_off"].max() if len(missed) else 0.0
        off = f", the farthest {farthest:.1f} standard errors off" if len(missed) else ""
        naive, exact = (self.estimates[self.estimates["reading"] == name] for name in (NAIVE, EXACT))
        untold, silent = ((self.estimates["covered"] == word).sum() for word in (NO_TRUTH, NO_ANSWER))
        lacking = f" {silent:,} families have too few rows for an answer." if silent else ""
        return (
            f"{len(judged) - len(missed):,} of {len(judged):,} answers hold the planted value in their "
            f"{self.confidence:.0%} interval; {len(missed):,} do not (about {expected:.0f} would be expected){off}. "
            f"{(exact['covered'] == 'yes').sum():,} of {len(exact):,} that must come out exactly do. "
            f"{(naive['covered'] == 'no').sum():,} of {len(naive):,} naive readings miss it, as they should. "
            f"{untold:,} answers have no planted value to be held to.{lacking} ({self.study}, through {self.period})"
        )
