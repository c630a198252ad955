"""The data contract of a study: what was read, rejected and joined, what it holds, and what breaks a link."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from linkage.profiling import LOOK, profile_sources
from linkage.profiling.column_profile import published_columns
from linkage.profiling.coverage import by_month
from linkage.profiling.reading import read_columns, read_problems, read_sources
from linkage.results import Result

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

JOIN_COLUMNS = (
    *("join", "verb", "left_rows", "matched", "match_rate", "left_keys", "matched_keys"),
    *("no_key", "look_alike", "absent", "fan_out", "time_violations", "revenue_share", "note"),
)
NOT_ANSWERED = "stg_invitations.response_id -> stg_feedback.response_id"
"""The one look-up whose empty keys are an answer: nobody gave one."""


@dataclass(frozen=True, eq=False, repr=False)
class Contract(Result):
    """What a study's data hold against what study.yml says.

    sources : one row a source. joins : one row a join, with example keys (never for publication).
    rejects : every value or row that could not be read. broken : what keeps a declared link from being answered.
    identity : one row a rule by which customers were recognised, with example ids (never for publication).
    overview : one row a source, with what is wrong with it. columns : one row a source and column. problems : one
    row a problem (of what breaks a link the source is the link), with file, line or key of an example (never for
    publication). coverage : one row a source and
    month. minimum_group : ends of columns filled in fewer rows are not shown. links : how many are declared.
    """

    main_table = "sources"

    name: str
    sources: pd.DataFrame
    joins: pd.DataFrame
    rejects: pd.DataFrame
    broken: tuple[str, ...]
    identity: pd.DataFrame = field(default_factory=pd.DataFrame)
    overview: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    problems: pd.DataFrame = field(default_factory=pd.DataFrame)
    coverage: pd.DataFrame = field(default_factory=pd.DataFrame)
    minimum_group: int = 10
    links: int = 0

    def headline(self) -> str:
        """Rows read, accepted and rejected, what to look at, and the links, in words fit for publication."""
        if not self.broken:
            return self.said()
        return f"{self.said()} {_links(len(self.broken))} be answered: {'; '.join(self.broken)}."

    def said(self) -> str:
        """The same, without the names of the links that cannot be answered."""
        links = " Every declared link can be answered." if self.links else " No link is declared."
        return self._reading() + self._look_up() + self._problems() + ("" if self.broken else links)

    def _reading(self) -> str:
        names = ("rows_read", "rows_accepted", "rows_rejected", "values_rejected", "rows_merged")
        read, kept, lost, values, merged = (
            int(self.sources[c].sum()) if c in self.sources else 0 for c in names
        )
        said = (
            f"Of {_many(read, 'row')} read from {_many(len(self.sources), 'source')}, "
            f"{_do(kept, 'was', 'were')} accepted and {lost:,} rejected; {_many(values, 'single value')} could not "
            f"be read and {'is' if values == 1 else 'are'} missing."
        )
        if merged:
            share = _do(merged, "of the accepted shares its", "of the accepted share their")
            said += f" {share} key with another row and {'counts' if merged == 1 else 'count'} with it, as declared."
        return said

    def _look_up(self) -> str:
        """The look-up whose keys found fewest partners; of those that all did, the one with fewest keys."""
        joins = (
            self.joins[(self.joins["verb"] == "join") & (self.joins["left_rows"] > 0)]
            if len(self.joins)
            else None
        )
        if joins is None or joins.empty:
            return ""
        unmet = (joins["look_alike"] + joins["absent"]) / joins["left_rows"]
        if not unmet.any():
            return " Every key that is looked up was found."
        worst = joins.loc[unmet.idxmax()]
        silent = ("was not answered", "were not answered")
        none = silent if worst["join"] == NOT_ANSWERED else ("carries no key", "carry no key")
        return (
            f" The look-up that lost most is {worst['join']}: {int(worst['matched']):,} of "
            f"{_many(int(worst['left_rows']), 'row')} matched; of the others {_do(worst['no_key'], *none)}, "
            f"{_do(worst['look_alike'], 'nearly matches', 'nearly match')} and "
            f"{_do(worst['absent'], 'is', 'are')} not on the other side."
        )

    def _problems(self) -> str:
        count = int((self.problems["severity"] == LOOK).sum()) if len(self.problems) else 0
        return f" {_many(count, 'problem')} {'is' if count == 1 else 'are'} to be looked at." if count else ""

    def summary(self) -> str:
        """The whole contract as readable text: with rejected values, lines and example keys."""
        from linkage.profiling.wording import contract_text

        return contract_text(self)

    def read_sources(self) -> pd.DataFrame:
        """One row a source, for reading."""
        return read_sources(self.overview).set_index("source")

    def read_columns(self) -> pd.DataFrame:
        """One row a source and column, for reading; no key, and no end that would be somebody's."""
        return read_columns(published_columns(self.columns, self.minimum_group)).set_index(
            ["source", "column"]
        )

    def read_problems(self) -> pd.DataFrame:
        """One row a problem, for reading; no file, line or key."""
        return read_problems(self.problems).set_index(["source", "column"])

    def read_joins(self) -> pd.DataFrame:
        """One row a join, without example keys; what there is to note of it, where there is anything."""
        shown = self.joins[[c for c in JOIN_COLUMNS if c in self.joins]]
        shown = shown.rename(columns={"left_rows": "rows", "left_keys": "keys"})
        if "time_violations" in shown:
            shown["time_violations"] = shown["time_violations"].astype("Int64")
        return (
            shown if "note" in shown and shown["note"].any() else shown.drop(columns="note", errors="ignore")
        )

    def read_months(self) -> pd.DataFrame:
        """Rows of each source by month: one row a month, one column a source."""
        return by_month(self.coverage)

    def plot(self) -> Picture:
        """Rows of each source by month, each source on its own scale."""
        from linkage.coverage_plot import draw_months

        return draw_months(self.coverage)

    def to_json(self) -> str:
        """The same, for machines."""
        tables = ("sources", "rejects", "joins", "identity", "overview", "columns", "problems", "coverage")
        content = {"study": self.name, **{name: _records(getattr(self, name)) for name in tables}}
        return json.dumps({**content, "broken": list(self.broken)}, default=str, indent=1, allow_nan=False)

    def _repr_html_(self) -> str:
        """What a notebook shows may be published: no value, line or key of anybody."""
        return f"<p>{escape(self.headline())}</p>{self.read_sources().to_html(border=0, escape=True)}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _do(count: int, one: str, many: str) -> str:
    """A count with the verb of one, or of several and none."""
    return f"{int(count):,} {one if count == 1 else many}"


def _links(count: int) -> str:
    return f"{_many(count, 'declared link')} cannot"


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows for JSON, which knows null and no NaN."""
    rows = frame.astype(object).to_dict("records")
    return [{k: _plain(v) for k, v in row.items()} for row in rows]


def _plain(value: object) -> object:
    """A value JSON knows: no number of NumPy, no NaN, no NaT."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def check_study(name: str | Path) -> Contract:
    """Build a study's tables and hold them against its contract.

    Raises StudyError, SourceError or GrainError where the contract is broken before anything could be built.
    """
    from linkage.opening import open_study

    opened = open_study(name)
    profile = profile_sources(opened)
    return Contract(
        name=opened.name,
        sources=opened.sources,
        joins=_noted(opened),
        rejects=opened.rejects,
        broken=tuple(map(str, profile.broken)),
        identity=opened.identity,
        overview=profile.overview,
        columns=profile.columns,
        problems=profile.problems,
        coverage=profile.coverage,
        minimum_group=opened.study.declared.minimum_group,
        links=len(opened.study.links),
    )


def _noted(opened: OpenStudy) -> pd.DataFrame:
    """The join ledger with a note where a key stands in no file but was inferred, or says something when empty."""
    ledger = opened.ledger
    if ledger.empty:
        return ledger
    notes = {NOT_ANSWERED: "no key: nobody answered the invitation."}
    given, inferred = (
        opened.connection.execute(f"select count(interaction_id) from {table}").fetchall()[0][0]
        for table in ("stg_feedback", "event_answer")
    )
    if inferred and not given:
        days = opened.study.declared.windows.before
        notes["event_answer.interaction_id -> event_contact.interaction_id"] = (
            f"The answers name no contact: each was given the last of its customer in the {days} days before it. "
            "no key: there was none."
        )
    return ledger.assign(note=[notes.get(name, "") for name in ledger["join"]])
