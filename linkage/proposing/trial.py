"""A written study tried: does study.yml load, do its tables build, has every link the columns it needs?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from linkage.contract import Contract, check_study
from linkage.errors import LinkageError
from linkage.project import cache_in
from linkage.scratch import scratch_folder
from linkage.study import load_study


@dataclass(frozen=True)
class Trial:
    """How the trial went. bad_sources, bad_links : what has to be commented out, and why. error : what stops it all.

    says : rows read and rejected. rejects : the columns whose values could often not be read.
    """

    bad_sources: dict[str, str] = field(default_factory=dict)
    bad_links: dict[str, str] = field(default_factory=dict)
    error: str = ""
    says: str = ""
    rejects: tuple[str, ...] = ()


def try_study(folder: Path) -> Trial:
    """Load and build a study with a warehouse of its own, thrown away afterwards."""
    try:
        study = load_study(folder)
    except LinkageError as error:
        return _blame(str(error), [])
    try:
        with scratch_folder() as cache, cache_in(cache):
            contract = check_study(folder)
    except LinkageError as error:
        return _blame(str(error), list(study.sources))
    return Trial(
        bad_links={b.split(" ", 1)[0]: b.split(" ", 1)[1] for b in contract.broken},
        says=contract.headline(),
        rejects=_often_rejected(contract),
    )


def _blame(text: str, sources: list[str]) -> Trial:
    """The source or link an error is about; an error that names none stops the trial."""
    named = re.search(r"\bsources\.(\w+)|stg_(\w+)", text)
    name = named and (named[1] or named[2])
    plain = re.sub(r"^\S*study\.yml(, line \d+)?, (sources|links)\.\w+(\.\w+)?: ", "", text)
    if name in sources and len(sources) > 1:
        return Trial(bad_sources={name: plain})
    link = re.search(r"\blinks\.(\w+)", text)
    return Trial(bad_links={link[1]: plain}) if link else Trial(error=text)


def _often_rejected(contract: Contract) -> tuple[str, ...]:
    """Columns of which more than one value in twenty could not be read, with an example."""
    rows = contract.sources.set_index("source")["rows_read"]
    found = []
    for (source, column), bad in contract.rejects.groupby(["source", "column"], dropna=False):
        if len(bad) > 0.05 * rows[source]:
            said = bad[bad["value"].notna()]
            example = f", such as {said.iloc[0]['value']!r}" if len(said) else ""
            reason = (said if len(said) else bad).iloc[0]["reason"]
            what = "values" if bad["row_kept"].all() else "rows"
            found.append(f"{source}, {column}: {len(bad):,} {what} are rejected{example}: {reason}")
    return tuple(found)
