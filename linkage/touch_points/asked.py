"""Which declared link speaks of touch points, and which groups it is asked of apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.catalogue import FEEDBACK
from linkage.errors import LinkError
from linkage.feedback import feedback_metrics
from linkage.linking.link_rows import is_there
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

MOST_GROUPS = 12
MOST_SEGMENTS = 2
"""Columns asked apart where none is declared: more would be a search."""


def touch_point_link(study: OpenStudy, link: str | None = None) -> LinkSpec | str:
    """The link from touch points to the overall experience: as named, else the first declared; or why there is none.

    It has two drivers or more, all of them ratings that customers gave, and one such rating as its outcome, in the
    same answer or the same period of a unit. Raises LinkError for a named link that is not of this kind.
    """
    links = study.study.links
    if link is not None:
        if link not in links or not _is_one(study, links[link]):
            raise LinkError(
                f"{link!r} is no link from several ratings to an overall one. "
                f"Such links are: {', '.join(n for n, s in links.items() if _is_one(study, s)) or 'none'}."
            )
        return links[link]
    return next((s for s in links.values() if _is_one(study, s)), None) or _what_is_missing(study)


def _is_one(study: OpenStudy, spec: LinkSpec) -> bool:
    if spec.grain not in ("survey", "unit_period") or spec.lag or spec.change is not None:
        return False
    if len(spec.drivers) < 2 or f"link_{spec.grain}" not in study.tables:
        return False
    columns = study.study.columns[spec.grain]
    named = (spec.outcome, *spec.drivers)
    said = all(n in columns and columns[n].origin == FEEDBACK and columns[n].metric for n in named)
    return said and all(is_there(study, spec, c) for c in (*named, *spec.controls))


def _what_is_missing(study: OpenStudy) -> str:
    names = [m.name for m in feedback_metrics(study)]
    if len(names) < 3:
        return (
            f"Touch points need an overall rating and two more ratings; this study has {len(names)} "
            f"({', '.join(names) or 'none'}). Ask for the overall experience and for each touch point in one survey."
        )
    grain = "survey" if "link_survey" in study.tables else "unit_period"
    return (
        "No link is declared from several ratings to an overall one, so what counts is not known. Under links of "
        "study.yml, with the overall rating as outcome: touch_points: {question: 'Which touch points count?', "
        f"grain: {grain}, outcome: {names[0]}, drivers: [{', '.join(names[1:])}]}}"
    )


def groups_of(study: OpenStudy, spec: LinkSpec, by: str | Sequence[str] | None = None) -> tuple[str, ...]:
    """The columns whose groups are shown apart: as asked, else as declared, else the first attributes of customers
    (or of units). Raises LinkError for a column that is no category of the link's table.
    """
    columns = study.study.columns[spec.grain]
    if by is not None:
        asked = (by,) if isinstance(by, str) else tuple(by)
        unknown = [c for c in asked if c not in columns or columns[c].kind not in ("category", "flag")]
        if unknown:
            raise LinkError(
                f"{unknown[0]!r} is no category of link_{spec.grain}. There are: {_categories(columns)}."
            )
        return asked
    declared = spec.segments or study.study.declared.segments
    if declared:
        return tuple(c for c in declared if is_there(study, spec, c))
    role = "customers" if spec.grain == "survey" else "units"
    source = study.study.source_of(role)
    own = study.study.attributes_of(source.name) if source else []
    usual = [c for c in ("segment", "region", "kind", *own) if c in columns and columns[c].kind == "category"]
    return tuple(c for c in dict.fromkeys(usual) if _is_short(study, spec, c))[:MOST_SEGMENTS]


def _categories(columns) -> str:
    return (
        ", ".join(n for n, c in columns.items() if c.kind in ("category", "flag") and n != "period") or "none"
    )


def _is_short(study: OpenStudy, spec: LinkSpec, column: str) -> bool:
    if not is_there(study, spec, column):
        return False
    count = study.connection.sql(f"select count(distinct {column}) from link_{spec.grain}").fetchall()[0][0]
    return 2 <= count <= MOST_GROUPS
