"""What the workbook holds, gathered from a report: sheets as plain data, before any file is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError, OptionError
from linkage.exports.accounts import RULE, accounts_list
from linkage.exports.answers import answers_sheet, checks_sheet, findings_sheet
from linkage.exports.assumptions import ASSUMED, assumptions_sheet
from linkage.exports.figures import kpis_sheet, money_sheet
from linkage.exports.ledgers import ledger_sheets
from linkage.exports.pseudonyms import KeyFile, open_keys
from linkage.exports.sheets import Sheet
from linkage.exports.summary import summary_sheet
from linkage.exports.targets import targets_sheet
from linkage.exports.units import units_sheet
from linkage.exports.words import dictionary_sheet

if TYPE_CHECKING:
    from linkage.report.edition import Edition


@dataclass(frozen=True, eq=False)
class Contents:
    """The sheets in order. lists : those to work from, by file name. keys : customers by pseudonym, kept in `file`."""

    sheets: tuple[Sheet, ...]
    lists: dict[str, Sheet]
    keys: dict[str, str]
    file: KeyFile | None


def gather(edition: Edition, reports: Path) -> Contents:
    """Everything the workbook says. reports : the folder of all reports, where no key may be kept."""
    study, period = edition.study, edition.period
    minimum = study.study.declared.minimum_group
    money = edition.money
    file, why = _keys(edition, reports)
    accounts, targets = accounts_list(study, period, file, why), targets_sheet(study, period)
    own = (
        {
            "what": "expected loss of an account",
            "value": RULE,
            "basis": ASSUMED,
            "used for": "the list of accounts",
        },
    )
    others = [
        answers_sheet(edition),
        findings_sheet(edition),
        checks_sheet(edition),
        *ledger_sheets(study),
        _kpis(edition),
        units_sheet(study, period),
        *([money_sheet(money, minimum)] if money else []),
        targets,
        accounts.sheet,
        assumptions_sheet(edition, money, own if accounts.keys else ()),
        dictionary_sheet(study),
    ]
    lists = {"targets": targets, "accounts": accounts.sheet}
    shown = {name: sheet for name, sheet in lists.items() if sheet.rows}
    return Contents((summary_sheet(edition, others), *others), shown, accounts.keys, file)


def _keys(edition: Edition, reports: Path) -> tuple[KeyFile | None, str]:
    """The key file, or why there is none."""
    try:
        return open_keys(edition.study, reports), ""
    except OptionError as error:
        return None, str(error)


def _kpis(edition: Edition) -> Sheet:
    from linkage.kpis import business_kpis

    try:
        return kpis_sheet(business_kpis(edition.study, period=edition.period))
    except LinkageError as error:
        return Sheet("KPIs", "Business KPIs, period by period", f"Left out: {error}", ("kpi",), [])
