"""Were the questions the same as last time? Two declarations, and what was added, dropped or changed between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import ReportError
from linkage.results import Result
from linkage.reviewing.declared import declaration, read_declaration
from linkage.wrong_use import require_open

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

ADDED, DROPPED, CHANGED, SAME = "added", "dropped", "changed", "same"
Row = dict[str, object]


@dataclass(frozen=True, eq=False, repr=False)
class DeclarationChange(Result):
    """The declared links against an earlier declaration.

    links : one row a link of either: link, change (added, dropped, changed or same), what (which part, from what to
    what). rules, scenarios : what of the rules for all links, and of the scenarios, is not the same.
    before : the period of the earlier report, "" without one.
    """

    main_table = "links"

    links: pd.DataFrame
    rules: pd.DataFrame
    scenarios: pd.DataFrame
    before: str

    @property
    def is_same(self) -> bool:
        """Whether everything is declared as before, and there is a before."""
        return bool(self.before) and self.moved().empty and self.rules.empty and self.scenarios.empty

    def summary(self) -> str:
        if not self.before:
            return (
                f"{_links(len(self.links))} declared; there is no earlier declaration to hold them against."
            )
        counts = {word: int((self.links["change"] == word).sum()) for word in (ADDED, DROPPED, CHANGED, SAME)}
        if self.is_same:
            return f"{_links(len(self.links))} declared, all as in {self.before}."
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        rules = "" if self.rules.empty else f" Rules for all links changed: {', '.join(self.rules['rule'])}."
        moved = [f"{row['scenario']} {row['change']}" for row in self.scenarios.to_dict("records")]
        plans = f" Scenarios: {', '.join(moved)}." if moved else ""
        return f"Declared links against {self.before}: {said}.{rules}{plans}"

    def moved(self) -> pd.DataFrame:
        """The links that are not as before."""
        return self.links[self.links["change"] != SAME].reset_index(drop=True)


def _links(count: int) -> str:
    return f"{count} {'link' if count == 1 else 'links'}"


def compare_declarations(now: dict, before: dict | None) -> DeclarationChange:
    """Which links, rules and scenarios were added, dropped or changed between two declarations, and in what.

    now : as `declaration` gives it. before : the same with its `period`; None where there is no earlier one.
    A question whose words alone changed counts as changed too: what is asked is what is declared.
    """
    links = [] if before is None else _differences(now["links"], before["links"])
    if before is None:
        links = [{"name": name, "change": "", "what": ""} for name in now["links"]]
    return DeclarationChange(
        pd.DataFrame(links, columns=["name", "change", "what"]).rename(columns={"name": "link"}),
        _moved("rule", now["rules"], before and before["rules"]),
        _moved("scenario", now.get("scenarios", {}), before and before.get("scenarios")),
        "" if before is None else str(before["period"]),
    )


def _moved(kind: str, now: dict, before: dict | None) -> pd.DataFrame:
    """What is not as before, of one kind; nothing where the earlier declaration kept none of it."""
    rows = [] if before is None else [row for row in _differences(now, before) if row["change"] != SAME]
    return pd.DataFrame(rows, columns=["name", "change", "what"]).rename(columns={"name": kind})


def _differences(now: dict, before: dict) -> list[Row]:
    """One row a name of either, those of now first, in the order declared."""
    rows = []
    for name in dict.fromkeys([*now, *before]):
        if name not in before:
            change, what = ADDED, ""
        elif name not in now:
            change, what = DROPPED, ""
        else:
            what = differing(before[name], now[name])
            change = CHANGED if what else SAME
        rows.append({"name": name, "change": change, "what": what})
    return rows


def differing(before: object, now: object) -> str:
    """In which parts two declarations differ, from what to what; empty where they do not."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return "" if before == now else f"{shown(before)} \N{RIGHTWARDS ARROW} {shown(now)}"
    parts = [key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key)]
    return "; ".join(
        f"{key}: {shown(before.get(key))} \N{RIGHTWARDS ARROW} {shown(now.get(key))}" for key in parts
    )


def shown(value: object) -> str:
    """A declared value as a reader writes it."""
    if value in (None, [], {}, ""):
        return "none"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {shown(part)}" for key, part in value.items())
    return str(value)


def compare_with_report(study: OpenStudy, before: str | Path = "") -> DeclarationChange:
    """The declared links of a study against those of an earlier report.

    before : the earlier report's folder; "" compares with nothing and says so. Raises ReportError where the folder
    has no declaration.
    """
    require_open(study, "compare_with_report")
    if not str(before):
        return compare_declarations(declaration(study.study), None)
    folder = Path(before)
    kept = read_declaration(folder)
    if kept is None:
        raise ReportError(
            f"{folder} holds no declaration. Name a report's folder, such as reports/{study.name}/2026Q2."
        )
    return compare_declarations(declaration(study.study), {**kept, "period": folder.name})
