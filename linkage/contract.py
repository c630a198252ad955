"""The data contract of a study: what was read, rejected and joined, and what breaks a link."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from linkage.catalogue import missing_roles
from linkage.identity.accounting import IdentityRow
from linkage.results import Result

SHOWN_REJECTS = 20


@dataclass(frozen=True, eq=False, repr=False)
class Contract(Result):
    """What a study's data hold against what study.yml says.

    sources : one row a source. joins : one row a join, with example keys (never for publication).
    rejects : every value or row that could not be read. broken : what keeps a declared link from being answered.
    identity : one row a rule by which customers were recognised, with example ids (never for publication).
    """

    main_table = "sources"

    name: str
    sources: pd.DataFrame
    joins: pd.DataFrame
    rejects: pd.DataFrame
    broken: tuple[str, ...]
    identity: pd.DataFrame = field(default_factory=pd.DataFrame)

    def headline(self) -> str:
        """Rows read, accepted and rejected, and the joins that lost most, in words fit for publication."""
        read, kept, lost = (
            int(self.sources[c].sum()) for c in ("rows_read", "rows_accepted", "rows_rejected")
        )
        values = int(self.sources["values_rejected"].sum())
        said = (
            f"Of {read:,} rows read from {len(self.sources)} sources, {kept:,} were accepted and {lost:,} rejected; "
            f"{values:,} single values could not be read and are missing."
        )
        merged = int(self.sources["rows_merged"].sum()) if "rows_merged" in self.sources else 0
        if merged:
            said += f" {merged:,} of the accepted share their key with another row and count with it, as declared."
        looked_up = self.joins[self.joins["verb"] == "join"] if len(self.joins) else self.joins
        if len(looked_up):
            worst = looked_up.loc[looked_up["match_rate"].idxmin()]
            said += (
                f" The look-up that lost most is {worst['join']}: {int(worst['matched']):,} of "
                f"{int(worst['left_rows']):,} rows matched; of the others {int(worst['no_key']):,} name nobody, "
                f"{int(worst['look_alike']):,} nearly match and {int(worst['absent']):,} are not on the other side."
            )
        links = f" {len(self.broken)} declared links cannot be answered: " + "; ".join(self.broken) + "."
        return said + (links if self.broken else " Every declared link has the columns it needs.")

    def summary(self) -> str:
        """The whole contract as readable text: sources, rejects with their lines, joins with example keys."""
        parts = [f"{self.name}: {self.headline()}", "", "Sources", self._text(self.sources)]
        parts += [
            "",
            f"Rejects (first {SHOWN_REJECTS} of {len(self.rejects):,})",
            self._text(self._first_rejects()),
        ]
        columns = [
            "join",
            "verb",
            "left_rows",
            "matched",
            "no_key",
            "look_alike",
            "absent",
            "fan_out",
            "examples",
        ]
        parts += ["", "Joins", self._text(self.joins[columns] if len(self.joins) else self.joins)]
        if len(self.identity):
            parts += ["", "Identity", *self._identity_lines()]
        return "\n".join(parts)

    def _identity_lines(self) -> list[str]:
        """A rule a line, its examples below it: a table of them would be too wide to read."""
        rows = self.identity.to_dict("records")
        lines = [str(IdentityRow(**row)) for row in rows]
        return [line for text in lines for line in text.splitlines()]

    def to_json(self) -> str:
        """The same, for machines."""
        return json.dumps(
            {
                "study": self.name,
                "sources": _records(self.sources),
                "rejects": _records(self.rejects),
                "joins": _records(self.joins),
                "identity": _records(self.identity),
                "broken": list(self.broken),
            },
            default=str,
            indent=1,
            allow_nan=False,
        )

    def _first_rejects(self) -> pd.DataFrame:
        return self.rejects.head(SHOWN_REJECTS)

    @staticmethod
    def _text(frame: pd.DataFrame) -> str:
        return frame.to_string(index=False) if len(frame) else "none"


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows for JSON, which knows null and no NaN."""
    rows = frame.astype(object).to_dict("records")
    return [
        {k: None if not isinstance(v, (list, tuple)) and pd.isna(v) else v for k, v in r.items()}
        for r in rows
    ]


def check_study(name: str | Path) -> Contract:
    """Build a study's tables and hold them against its contract.

    Raises StudyError, SourceError or GrainError where the contract is broken before anything could be built.
    """
    from linkage.opening import open_study

    opened = open_study(name)
    return Contract(
        name=opened.name,
        sources=opened.sources,
        joins=opened.ledger,
        rejects=opened.rejects,
        broken=tuple(_broken_links(opened)),
        identity=opened.identity,
    )


def _broken_links(opened) -> list[str]:
    """Declared links whose linkage table or columns the sources cannot fill, each with what would be needed."""
    found = []
    for link in opened.study.links.values():
        lacking = missing_roles(opened.study, link.grain)
        if lacking:
            found.append(f"{link.name} needs a source of {' and '.join(lacking)}")
            continue
        table = opened.connection.table(f"link_{link.grain}")
        named = {link.outcome, *link.drivers, *link.controls} - {f"{link.outcome}_now"}
        empty = [
            column
            for column in sorted(named)
            if column not in table.columns
            or opened.connection.execute(f"select count({column}) from link_{link.grain}").fetchall()[0][0]
            == 0
        ]
        if empty:
            found.append(f"{link.name} finds no value of {', '.join(empty)}")
    return found
