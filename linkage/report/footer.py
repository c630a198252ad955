"""What stands under every page: since when its links were declared, and over how many of them errors are controlled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.sentences import listed, plural

if TYPE_CHECKING:
    from linkage.report.edition import Edition


def method_line(edition: Edition) -> str:
    """How the figures came about, in one line."""
    estimates = sum(
        row.get("estimate") is not None and not row.get("exploratory") for row in edition.findings
    )
    counted = f" ({estimates} {plural('estimate', estimates)} published here)" if estimates else ""
    return (
        f"{declared_since(edition.declaration)} False discoveries are controlled over all declared links{counted}. "
        "Every estimate is an association unless its level says more."
    ).lstrip()


def declared_since(declared: dict[str, object]) -> str:
    """Since when the links stand as they do, as far as an earlier report shows it; "" where none is declared.

    declared : the links and rules, those of the report before under `before`; see reviewing/declared.py. Nobody can
    tell from one report alone whether its links were declared before their results were seen.
    """
    from linkage.reviewing.declaration_change import compare_declarations

    if not declared.get("links"):
        return ""
    change = compare_declarations(declared, declared.get("before"))
    if not change.before:
        return "No earlier report shows since when these links are declared."
    moved = change.moved()["change"].value_counts(sort=False).to_dict()
    if change.is_same:
        return f"All links are declared as they were in {change.before}."
    said = [f"{count} {word}" for word, count in moved.items()]
    parts = [f"of the links {listed(said)}"] if said else []
    parts += ["rules for all links changed"] if len(change.rules) else []
    parts += ["scenarios changed"] if len(change.scenarios) else []
    return f"Declared otherwise than in {change.before}: {listed(parts)} (see the review of the report)."
