"""Attacks in their turn: what each found, its verdict, and the reason where it could not be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from linkage.checks import NOT_ASSESSED, Check
from linkage.errors import LinkageError


class Round:
    """One attack after the other: what each found, its verdicts, and the reason where it could not be made."""

    def __init__(self, why: Callable[[str], str] = lambda name: "") -> None:
        self._why = why
        self.found: dict[str, Any] = {}
        self.checks: list[Check] = []

    def make(self, name: str, attack: Callable[[], Any], *judges: Callable[[Any], Check]) -> Any:
        """Attack and judge; an attack that the data refuse is not assessed, and says why."""
        try:
            found = self.found[name] = attack()
            made = [self._told(name, judge(found)) for judge in judges]
        except (LinkageError, np.linalg.LinAlgError) as error:
            found, made = (
                None,
                [Check(TITLES[name], NOT_ASSESSED, None, None, f"It could not be computed: {error}")],
            )
            made = made if judges else []
        self.found[name] = found
        self.checks += made
        return found

    def _told(self, name: str, check: Check) -> Check:
        """A verdict; one that could not be reached with the reason that holds here."""
        reason = self._why(name) if check.verdict == NOT_ASSESSED and self.found[name] is None else ""
        return replace(check, advice=reason) if reason else check


TITLES = {
    "leak": "separation",
    "lead": "lead",
    "placebo": "placebo",
    "negative": "negative control",
    "influence": "influence",
    "redrawn": "bootstrap",
    "higher": "higher cluster",
    "specifications": "specification",
    "random_cause": "random cause",
    "hidden": "hidden cause",
    "silent": "non-response",
    "halo": "same source",
    "means": "aggregation",
    "ahead": "out of sample",
    "baseline": "regression to the mean",
    "survivors": "survivors",
    "power": "power",
    "band": "constituency band",
    "residuals": "spread",
    "shape": "shape",
    "segments": "segments",
    "nesting": "within and between",
    "ladder": "levels and changes",
}
"""The name of the check behind each attack."""
