"""The checks that try to refute a link: each a verdict as data, with its value, its limit and its advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from linkage.limits.fitted import (
    COMPLETE_SHARE,
    FEW_CARRIERS,
    FEW_CLUSTERS,
    HIGH_VIF,
    LATE_RECORD_SHARE,
    LEAK_R_SQUARED,
)
from linkage.limits.foreseen import LARGE_EFFECT, TYPICAL_EFFECT

PASS, REVIEW, FAIL, NOT_ASSESSED = "PASS", "REVIEW", "FAIL", "NOT ASSESSED"


@dataclass(frozen=True)
class Check:
    """A judgement on one link.

    verdict : PASS, REVIEW, FAIL or NOT ASSESSED (it could not be computed, which is never a PASS).
    value, limit : what was found and where the line is, in the words of `advice`.
    """

    name: str
    verdict: str
    value: float | str | None
    limit: float | str | None
    advice: str

    def to_row(self) -> dict[str, object]:
        row = asdict(self)
        row["value"] = round(self.value, 6) if isinstance(self.value, float) else self.value
        return row


def worst(checks: Iterable[Check]) -> str:
    """The gravest verdict: FAIL before REVIEW before NOT ASSESSED before PASS."""
    order = (FAIL, REVIEW, NOT_ASSESSED, PASS)
    found = {check.verdict for check in checks}
    return next((verdict for verdict in order if verdict in found), NOT_ASSESSED)


def _is_missing(value: object) -> bool:
    import pandas as pd  # the words of this module are read by what must not wait for pandas

    return bool(pd.isna(value))


def check_records(late_share: float | None, late: int = 0, dated: int = 0) -> Check:
    """Was any driver written down only after its outcome's window had opened?

    late_share : share of the dated drivers that were; None where no driver says when it was recorded.
    """
    name = "recorded in time"
    if late_share is None or _is_missing(late_share):
        return Check(
            name, NOT_ASSESSED, None, LATE_RECORD_SHARE,
            "No driver says when it was written down; declare `recorded:` on a metric that may be filled in later.",
        )  # fmt: skip
    verdict = FAIL if late_share > LATE_RECORD_SHARE else REVIEW if late_share > 0 else PASS
    advice = (
        "Every dated driver was on record before the outcome began."
        if verdict == PASS
        else f"{late:,} of {dated:,} drivers were written down after the outcome had begun: the outcome was "
        "there before them. Take the value as it stood before, or drop the link."
    )
    return Check(name, verdict, late_share, LATE_RECORD_SHARE, advice)


def check_order(order: str, words: str) -> Check:
    """Does the outcome's window open after the drivers' has closed?"""
    if order == "after":
        return Check("time order", PASS, words, "outcome after drivers", "The outcome follows the drivers.")
    return Check(
        "time order", REVIEW, words, "outcome after drivers",
        "Drivers and outcome were measured at the same time: which moved first is not shown. "
        "An outcome from a later window would lift the evidence.",
    )  # fmt: skip


def check_leak(r_squared: float | None) -> Check:
    """Is the outcome explained too well to be true?"""
    if r_squared is None or _is_missing(r_squared):
        return Check(
            "leak", NOT_ASSESSED, None, LEAK_R_SQUARED, "The drivers' own share could not be computed."
        )
    if r_squared > LEAK_R_SQUARED:
        return Check(
            "leak", FAIL, float(r_squared), LEAK_R_SQUARED,
            f"The drivers explain {r_squared:.0%} of the outcome. Feedback never does: one of them is the outcome "
            "in other words, or was filled in after it.",
        )  # fmt: skip
    return Check("leak", PASS, float(r_squared), LEAK_R_SQUARED, "The drivers do not explain too much.")


def check_clusters(
    clusters: int | None, column: str | None, why: str = "", few: Mapping[str, float] | None = None
) -> Check:
    """Are there enough independent groups for the standard errors?

    why : they stand at another level than declared, in words; see linking.cluster_level. few : degrees of freedom of
    the terms that few rows or clusters carry.
    """
    also = f" {why}" if why else ""
    if few:
        term = min(few, key=few.__getitem__)
        named = term.replace("[T.", " (").replace("]", ")")
        noun = f"clusters of {column}" if clusters else "rows"
        told = f"few {noun} carry it, worth {few[term]:.1f} degrees of freedom"
        told = told if few[term] else f"one of the {noun} alone carries it"
        return Check(
            "clusters", REVIEW, few[term], FEW_CARRIERS,
            f"{named}: {told}. Its interval knows that; read it with reserve.{also}",
        )  # fmt: skip
    if clusters is None:
        return Check(
            "clusters", REVIEW, None, FEW_CLUSTERS,
            "Rows are taken as independent. Name the column whose rows belong together (`cluster:`).",
        )  # fmt: skip
    if clusters < FEW_CLUSTERS:
        return Check(
            "clusters", REVIEW, clusters, FEW_CLUSTERS,
            f"Only {clusters} clusters of {column}: p-values and intervals come from the wild cluster bootstrap. "
            f"Read them with reserve.{also}",
        )  # fmt: skip
    return Check("clusters", PASS, clusters, FEW_CLUSTERS, f"{clusters:,} clusters of {column}.{also}")


def check_complete(asked: int, used: int, without: str = "") -> Check:
    """Could most of the rows that hold outcome and drivers be used?

    asked : rows with the outcome and every driver. used : those that have every control and cluster too.
    """
    if not asked:
        return Check(
            "complete rows", NOT_ASSESSED, None, COMPLETE_SHARE, "No row holds the outcome and every driver."
        )
    share = used / asked
    left = f"{asked - used:,} of {asked:,} rows with outcome and drivers lack something else{without}."
    if share < COMPLETE_SHARE:
        return Check("complete rows", REVIEW, share, COMPLETE_SHARE, f"{left} Do those left out differ?")
    return Check("complete rows", PASS, share, COMPLETE_SHARE, left)


def check_collinearity(factor: float | None) -> Check:
    """Can the drivers and controls be told apart?"""
    if factor is None:
        return Check(
            "collinearity", NOT_ASSESSED, None, HIGH_VIF, "A single regressor: nothing to tell apart."
        )
    if _is_missing(factor):
        return Check("collinearity", NOT_ASSESSED, None, HIGH_VIF, "It could not be computed.")
    if factor > HIGH_VIF:
        return Check(
            "collinearity", REVIEW, float(factor), HIGH_VIF,
            f"A driver's variance inflation is {factor:.1f}: others move almost with it, and its own share is "
            "uncertain. Drop or combine.",
        )  # fmt: skip
    return Check("collinearity", PASS, float(factor), HIGH_VIF, "The drivers can be told apart.")


def check_controls(
    raw: tuple[float, float, float] | None, adjusted: tuple[float, float, float] | None, held: str
) -> Check:
    """Does the link keep its sign when something is held fixed?

    raw, adjusted : estimate, low and high, without and with the controls. held : what is held fixed, in
    words; empty where nothing is.
    """
    if not held:
        return Check(
            "controls", REVIEW, None, "same sign", "No controls: whatever else differs is in the estimate."
        )
    if raw is None or adjusted is None or any(_is_missing(value) for value in (*raw, *adjusted)):
        return Check("controls", NOT_ASSESSED, None, "same sign", "The two estimates could not be compared.")
    found = f"{raw[0]:+.4g} to {adjusted[0]:+.4g}"
    turned = (raw[1] > 0 and adjusted[2] < 0) or (raw[2] < 0 and adjusted[1] > 0)
    if turned:
        return Check(
            "controls", REVIEW, found, "same sign",
            f"With {held} held fixed the sign turns: the raw association was a confounder's. Only the "
            "adjusted figure counts, and what else was left out may turn it again.",
        )  # fmt: skip
    return Check("controls", PASS, found, "same sign", f"With {held} held fixed the sign does not turn.")


def check_plausible(correlation: float | None) -> Check:
    """Is the association of the size the field finds?"""
    if correlation is None or _is_missing(correlation):
        return Check("plausible size", NOT_ASSESSED, None, LARGE_EFFECT, "No correlation could be computed.")
    size = abs(correlation)
    if size > LARGE_EFFECT:
        return Check(
            "plausible size", REVIEW, float(correlation), LARGE_EFFECT,
            f"A partial correlation of {correlation:+.2f} is above what 96 studies found under the most favourable "
            f"conditions ({LARGE_EFFECT}): look for a leak, the same source or aggregation.",
        )  # fmt: skip
    band = "typical" if size <= 2 * TYPICAL_EFFECT else "high"
    return Check(
        "plausible size", PASS, float(correlation), LARGE_EFFECT, f"{band.capitalize()} for the field."
    )


def check_expected(expected: str, estimate: float | None, verdict: str) -> Check:
    """Is the sign the one declared before the data were seen?"""
    if expected == "either":
        return Check("expected sign", NOT_ASSESSED, None, expected, "No sign was declared beforehand.")
    if estimate is None or verdict not in ("linked", "no link"):
        return Check("expected sign", NOT_ASSESSED, None, expected, "There is no estimate to compare.")
    found = "none" if verdict == "no link" else "positive" if estimate > 0 else "negative"
    if found == expected:
        return Check("expected sign", PASS, found, expected, "As declared beforehand.")
    return Check(
        "expected sign",
        REVIEW,
        found,
        expected,
        f"Declared {expected}, found {found}: an answer too. Ask why.",
    )
