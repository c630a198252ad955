"""What the pages of a report need, loaded while its notebooks run and this process could only wait."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from linkage.report.rules import chapters, check_rules
from linkage.report.shell import templates

NEEDED = (
    "statsmodels.stats.multitest",
    "linkage.metrics",
    "linkage.exports.workbook",
    "linkage.exports.contents",
)
"""Modules that only the pages and files import, after the last notebook, and that take longest to import."""


def load_ahead() -> None:
    """Import what is imported late, read the templates and what the code says of its checks and limits.

    What is missing is told by whoever needs it.
    """
    for name in NEEDED:
        with suppress(ImportError):
            import_module(name)
    environment = templates()
    for name in environment.list_templates(
        filter_func=lambda file: file.endswith(".html.j2") and "/" not in file
    ):
        environment.get_template(name)
    check_rules()
    chapters()
