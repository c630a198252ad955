"""Whether a published report is what would be made now: then it need not be made. Light to import."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from linkage.notebooks.jobs import FAILED
from linkage.report.manifest import MANIFEST, code_hash, published_files
from linkage.report.runs_marks import Marks, differences

MADE = "made"


def why_make(
    place: Path, *, marks: Marks, formats: Iterable[str], only: str | None, notebooks: Iterable[Path]
) -> str:
    """Why the report in `place` has to be made, in words; empty where it is already what would be made.

    marks : what it would be made from. A report whose files were changed, or that failed in part, is made again.
    """
    manifest = read_manifest(place)
    if manifest is None:
        return "there is none yet"
    try:
        return (
            _other_wish(manifest, formats, only)
            or _failed(manifest)
            or differences(manifest["made_from"], marks)
            or _read_otherwise(manifest, marks, notebooks)
            or _tampered(manifest["files"], published_files(place))
        )
    except (KeyError, TypeError, AttributeError):
        return f"its {MANIFEST} is of another version"


def read_manifest(place: Path) -> dict | None:
    """The manifest of a published report; None where there is none that can be read."""
    try:
        return json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _other_wish(manifest: dict, formats: Iterable[str], only: str | None) -> str:
    if sorted(manifest["formats"]) != sorted(formats):
        return f"it was made as {', '.join(manifest['formats'])}"
    if manifest["only"] != only:
        return "it was made of another choice of notebooks"
    return ""


def _failed(manifest: dict) -> str:
    failed = [row["name"] for row in manifest["notebooks"] if row["status"] == FAILED]
    failed += [row["format"] for row in manifest["exports"] if row["status"] != MADE]
    return f"not all of it could be made: {', '.join(failed)}" if failed else ""


def _read_otherwise(manifest: dict, marks: Marks, notebooks: Iterable[Path]) -> str:
    """What changed between the beginning of its making, when the marks were taken, and the end."""
    inputs = {f"input {name}": mark for name, mark in manifest["inputs"].items()}
    if inputs != {name: mark for name, mark in marks.items() if name.startswith("input ")}:
        return "its inputs changed while it was made"
    if manifest["code_hash"] != code_hash(list(notebooks)):
        return "the code changed while it was made"
    return ""


def _tampered(then: dict[str, str], now: dict[str, str]) -> str:
    said = differences(then, now)
    return f"of its files, {said}" if said else ""
