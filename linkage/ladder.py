"""The rules that turn a link's design and checks into its evidence level, its verdict and its verb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.checks import FAIL, PASS, REVIEW, Check

if TYPE_CHECKING:
    from linkage.rungs import Ladder, SurvivingLevel

LINKED, NO_LINK, UNSAFE, NOT_JUDGED = "linked", "no link", "unsafe", "not assessed"
OPEN = "not shown"
"""How "no link" is read and counted where a link might have been missed; see counted_as."""
COUNTED = (LINKED, NO_LINK, OPEN, UNSAFE, NOT_JUDGED)
"""The words under which answers are counted, in the order of telling."""
GRAVEST = (UNSAFE, LINKED, OPEN, NO_LINK, NOT_JUDGED)
"""An answer of several estimates counts as the first of these that one of them does."""

ALPHA = 0.05
"""Largest q-value (p-value for a link outside the declared family) at which a link is called linked."""

VERBS = {
    "L0": "is assumed to go with",
    "L1": "goes with",
    "L2": "goes with",
    "L3": "is followed by",
    "L4": "{raises}",
    "L5": "{raises}",
}

MEANING = {
    "L0": "assumed, not estimated",
    "L1": "an association, nothing held fixed",
    "L2": "controls held fixed, errors clustered; not ordered in time",
    "L3": "the outcome follows in time, controls held fixed, not refuted",
    "L4": "quasi-experiment",
    "L5": "randomised",
}

NOT_SHOWN = {
    "L0": "Not shown: that it is so at all.",
    "L1": "Not shown: that it holds once anything is held fixed, or which moves first.",
    "L2": "Not shown: which moves first.",
    "L3": "Not shown: that moving the one would move the other.",
    "L4": "Not shown: that treated and untreated would have gone the same way without it.",
    "L5": "Not shown: that it holds for others than those drawn.",
}
"""What an answer of each level leaves open, said with every link."""

# A REVIEW of these puts in doubt what L3 claims; the order of time itself comes from the link's clock.
NEEDED_FOR_L3 = (
    *(
        "recorded in time",
        "controls",
        "placebo",
        "leave one out",
        "lead",
        "higher cluster",
        "negative control",
    ),
    *("levels and changes", "regression to the mean"),
)


@dataclass(frozen=True)
class Evidence:
    """A link's place on the ladder.

    level : L1 to L5. why : what it rests on. lift : what would raise it one level. rung : the comparison that earned
    the level, where that is not the declared one.
    """

    level: str
    why: str
    lift: str
    rung: str = ""


def evidence_of(
    *, controlled: bool, clustered: bool, order: str, checks: Sequence[Check], ladder: Ladder | None = None
) -> Evidence:
    """The level a link has earned: the highest that survives its checks.

    L1: an association. L2: something held fixed (controls, or by comparing each with itself) and errors clustered.
    L3: besides, the outcome's window opens after the drivers' has closed, and no check refutes that. L4, L5: an
    intervention or a draw by lot stands behind it, and its own check passes.
    A failed check leaves nothing above L1.

    ladder : the same link on its other rungs: one that comes after, survives and agrees with the declared estimate
    lifts it (see rungs.surviving_level); without it the declared design alone counts.
    """
    if any(check.verdict == FAIL for check in checks):
        return Evidence("L1", "a check failed", "Put right what failed.")
    designed = _designed(ladder, checks)
    if designed:
        return designed
    if not controlled or not clustered:
        lacks = " and ".join(
            [*(["controls"] if not controlled else []), *(["a cluster column"] if not clustered else [])]
        )
        return Evidence("L1", MEANING["L1"], f"Declare {lacks}.")
    # A link of several drivers has such a check for each: "controls (nps)".
    doubted = [c.name for c in checks if c.verdict == REVIEW and c.name.split(" (")[0] in NEEDED_FOR_L3]
    if doubted:
        said = "the outcome follows in time, but not beyond doubt" if order == "after" else MEANING["L2"]
        return Evidence("L2", f"{said}; doubted by: {', '.join(doubted)}", "Settle the checks in doubt.")
    if order == "after":
        return Evidence("L3", MEANING["L3"] + _untold(checks), LIFT_L3)
    lifted = _survivor(ladder, checks)
    if lifted and lifted.level == "L3":
        return Evidence("L3", f"{MEANING['L3']}; earned by the rung “{lifted.rung}”", LIFT_L3, lifted.rung)
    return Evidence("L2", MEANING["L2"], "Take the outcome from a later window, or a lag.")


TELL_LASTING = ("levels and changes", "lead")
"""The checks that can tell a driver from what lasts in a customer or unit and moves both."""


def _untold(checks: Sequence[Check]) -> str:
    """What L3 leaves open besides, where no check could tell: with few answers of each, a lasting trait follows too."""
    told = any(c.verdict == PASS and c.name.split(" (")[0] in TELL_LASTING for c in checks)
    return "" if told else "; whether something that lasts moves both could not be told"


LIFT_L3 = "A dated intervention with a comparison group, or a random assignment."


def _survivor(ladder: Ladder | None, checks: Sequence[Check]) -> SurvivingLevel | None:
    from linkage.rungs.level import surviving_level

    return None if ladder is None else surviving_level(ladder, checks)


def _designed(ladder: Ladder | None, checks: Sequence[Check]) -> Evidence | None:
    """L4 or L5, where an intervention or a draw by lot carries the declared estimate."""
    found = _survivor(ladder, checks)
    if found is None or found.level not in ("L4", "L5"):
        return None
    lift = "A random assignment." if found.level == "L4" else "Nothing stands above it: repeat it elsewhere."
    return Evidence(found.level, MEANING[found.level], lift)


def rung_level(level: str, order: str) -> str:
    """The most a rung can show: what was measured at the same time shows no more than L2, whoever is compared."""
    from linkage.linking.clock import AFTER

    return level if order == AFTER or level in ("L4", "L5") else min(level, "L2")


def rung_words(level: str, order: str) -> str:
    """The order of time in a comparison, and the verb it allows: "at the same time: goes with".

    level : the rung's own. order : "after" where the outcome comes after the driver.
    """
    from linkage.linking.clock import AFTER

    if level in ("L4", "L5"):
        return MEANING[level]
    when = "outcome after" if order == AFTER else "at the same time"
    return f"{when}: {VERBS[rung_level(level, order)]}"


def verdict_of(
    *, estimate: float | None, p_value: float | None, q_value: float | None, checks: Sequence[Check]
) -> str:
    """linked, no link, unsafe or not assessed: the same inputs always give the same word.

    unsafe where a check failed; not assessed without an estimate; linked where the q-value over the
    declared family (the p-value outside of it) is at most 0.05; no link otherwise.
    """
    if any(check.verdict == FAIL for check in checks):
        return UNSAFE
    if estimate is None or p_value is None or p_value != p_value:
        return NOT_JUDGED
    judged = p_value if q_value is None or q_value != q_value else q_value
    return LINKED if judged <= ALPHA else NO_LINK


def counted_as(row: Mapping[str, object], checks: Iterable[Check | Mapping[str, object]]) -> str:
    """The word under which an estimate is read and counted: its verdict, but two kinds of "no link" told apart.

    row : its verdict, p_value and driver (and category, if apart). checks : of its answer, as checks or as their rows.

    "no link" only where a link of the usual size would have been seen, which the check of power says; "not shown" where
    it might have been missed, where nobody can say, and where it alone would count as a link and only the number of
    questions asked speaks against it. Power after the fact says what was possible, never what is so (Hoenig and
    Heisey 2001, The American Statistician 55, p. 19).
    """
    if row["verdict"] != NO_LINK:
        return str(row["verdict"])
    p_value = row.get("p_value")
    if p_value is None or p_value <= ALPHA:
        return OPEN
    named = [c if isinstance(c, Mapping) else {"name": c.name, "verdict": c.verdict} for c in checks]
    power = {str(c["name"]): c["verdict"] for c in named if str(c["name"]).startswith("power")}
    category = row.get("category")
    driver = f"{row['driver']}: {category}" if isinstance(category, str) else row["driver"]
    return NO_LINK if power.get(f"power ({driver})", power.get("power")) == PASS else OPEN


def gravest(words: Iterable[str]) -> str:
    """The one word of an answer of several estimates, each counted as one of COUNTED; not assessed without any."""
    found = set(words)
    return next((word for word in GRAVEST if word in found), NOT_JUDGED)


def verb_of(level: str, estimate: float) -> str:
    """The verb a level allows: causal only from L4 on."""
    return VERBS[level].format(raises="raises" if estimate > 0 else "lowers")
