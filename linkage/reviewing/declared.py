"""What was declared before any result was seen: links, rules and scenarios a report keeps for the next to compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.study import Study

DECLARATION = "declaration.json"
AROUND = ("windows", "rules", "minimum_group", "period", "segments")
"""What besides the links themselves decides how each is counted; metrics and interventions do too."""
Row = dict[str, object]


def declaration(study: Study) -> dict[str, object]:
    """What a study declared before any result was seen: links, rules that hold for all of them, scenarios."""
    whole = study.declared.model_dump(mode="json", by_alias=True)
    rules = {name: whole[name] for name in AROUND if name in whole}
    for one, many in (("metric", "metrics"), ("intervention", "interventions")):
        rules |= {f"{one} {name}": spec for name, spec in (whole.get(many) or {}).items()}
    return {"links": dict(whole["links"]), "rules": rules, "scenarios": dict(whole["scenarios"])}


def published_declaration(edition: Edition, reports: Path) -> dict[str, object]:
    """What a report publishes: its declaration, that of the report before, and who signed that.

    reports : the folder of the study's reports, one a period. Kept together, so that the comparison can be made again
    whatever becomes of the earlier report. One that cannot be read is left out with a line that names its file.
    """
    from linkage.reviewing.sign_off import sign_off_of

    last, said, before = edition.earlier.last, "", None
    try:
        before = read_declaration(reports / last.period) if last else None
    except ReportError as error:
        said = str(error)
    if before is not None:
        before = {"period": last.period, "signed": sign_off_of(reports / last.period).sentence(), **before}
    return {**declaration(edition.study.study), "before": before, "left_out": said}


def read_declaration(folder: Path) -> dict[str, object] | None:
    """The declaration that a published report left; None where there is none.

    Raises ReportError naming the file that cannot be read.
    """
    file = folder / DECLARATION
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        known = ("links", "rules", *(["scenarios"] if "scenarios" in content else []))  # older ones kept none
        return {part: dict(content[part]) for part in known}
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"{file.parent.name}/{file.name} is no readable declaration ({error}). Make that report again."
        ) from None
