"""The ladder side by side: one link compared in every way its data allow.

slope         one estimate with everything else taken out
arrays        a link's rows as arrays
comparisons   pooled, each against itself, change on change, one period later
stacks        cohorts of an event, each beside those it has not reached
trends        before and after an event, and whether both sides moved alike before
balance       the arms of a draw, and what was known before it
known_before  which columns that is
material, steps, designs   the rungs of one link
side_by_side  all of them
verdicts      what they say of each other
level         the rung a declared estimate may be said at
"""

from linkage.rungs.balance import Balance, balance_of
from linkage.rungs.known_before import known_before
from linkage.rungs.level import SurvivingLevel, surviving_level
from linkage.rungs.result import Ladder, Orders
from linkage.rungs.side_by_side import rungs_of
from linkage.rungs.trends import Trends, before_and_after
from linkage.rungs.verdicts import judge_balance, judge_rungs, judge_trends

__all__ = [
    "Balance",
    "Ladder",
    "Orders",
    "SurvivingLevel",
    "Trends",
    "balance_of",
    "before_and_after",
    "judge_balance",
    "judge_rungs",
    "judge_trends",
    "known_before",
    "rungs_of",
    "surviving_level",
]
