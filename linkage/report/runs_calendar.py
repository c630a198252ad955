"""The periods of a study as an earlier run found them, so that the same question needs no database."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import PeriodError
from linkage.project import cache_folder
from linkage.report.runs_marks import Marks

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study import Study


@dataclass(frozen=True)
class Calendar:
    """The periods a study has data for, in order, and the last complete one; None where none is."""

    periods: tuple[str, ...]
    last_complete: str | None


def recall_calendar(study: Study, marks: Marks) -> Calendar | None:
    """The calendar kept for exactly these marks, or None."""
    try:
        kept = json.loads(_place(study).read_text(encoding="utf-8"))
        if kept.pop("marks") != _digest(marks):
            return None
        return Calendar(tuple(kept["periods"]), kept["last_complete"])
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def remember_calendar(opened: OpenStudy, marks: Marks) -> Calendar:
    """The calendar of an opened study, kept; a cache that cannot be written is not an error."""
    try:
        last = opened.last_complete_period
    except PeriodError:
        last = None
    calendar = Calendar(tuple(opened.periods), last)
    place = _place(opened.study)
    beside = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps({"marks": _digest(marks), **asdict(calendar)}), encoding="utf-8")
        os.replace(beside, place)
    except OSError:
        beside.unlink(missing_ok=True)
    return calendar


def _place(study: Study) -> Path:
    apart = hashlib.sha256(str(study.folder).encode()).hexdigest()[:8]
    return cache_folder() / "calendars" / f"{study.name}-{apart}.json"


def _digest(marks: Marks) -> str:
    return hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()
