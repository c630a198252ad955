"""How far does another choice move an estimate, and does the published figure stand it?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.limits.reviewing import MOVED_ERRORS, MOVED_SHARE

Row = dict[str, object]

SAID = {
    PASS: "it holds",
    REVIEW: "it rests on this choice",
    FAIL: "it does not hold",
    NOT_ASSESSED: "whether it holds cannot be told",
}


@dataclass(frozen=True)
class Move:
    """How far a challenged estimate lies from the published one.

    share : of the published size, signed (-0.65: 65% smaller); below -1 the sign turned. errors : in standard errors of
    the published estimate, without a sign. verdict : PASS, REVIEW, FAIL or NOT ASSESSED. Both NaN where not assessed.
    """

    share: float
    errors: float
    verdict: str

    def sentence(self) -> str:
        """The move in words, without a full stop."""
        if self.verdict == NOT_ASSESSED:
            return SAID[self.verdict]
        way = "smaller" if self.share < 0 else "larger"
        size = "" if self.share <= -1 else f"{abs(self.share):.0%} {way}, "
        return f"{size}{self.errors:.1f} of its standard errors away: {SAID[self.verdict]}"


def move_between(declared: Row, challenged: Row) -> Move:
    """The published estimate against the challenged one, each with estimate, std_error and excludes_zero.

    FAIL where the sign turns, or where zero was excluded and no longer is; REVIEW where the estimate moves by more than
    MOVED_ERRORS standard errors or MOVED_SHARE of its size; NOT ASSESSED where one of them, or its error, is missing.
    """
    was, now, error = (
        float(v) for v in (declared["estimate"], challenged["estimate"], declared["std_error"])
    )
    if not (math.isfinite(was) and math.isfinite(now) and was != 0 and error > 0):
        return Move(math.nan, math.nan, NOT_ASSESSED)
    share, errors = now / was - 1, abs(now - was) / error
    lost = bool(declared["excludes_zero"]) and not bool(challenged["excludes_zero"])
    if share <= -1 or lost:
        return Move(share, errors, FAIL)
    return Move(share, errors, REVIEW if errors > MOVED_ERRORS or abs(share) > MOVED_SHARE else PASS)
