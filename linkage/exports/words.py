"""The dictionary sheet: every column that holds a value, every KPI and every word, with what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.exports.sheets import Sheet, sheet_rows

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

HEADERS = ("kind", "table", "name", "label", "unit", "meaning", "beware", "source", "rows filled")


def dictionary_sheet(study: OpenStudy) -> Sheet:
    """One row a column, a KPI or a word; what a study lacks for a KPI stands beside it."""
    from linkage.dictionary import data_dictionary

    found = data_dictionary(study)
    columns = [_column(row) for row in found.entries.to_dict("records") if row["filled"] > 0]
    kpis = [_kpi(row) for row in found.kpis.to_dict("records")]
    words = [
        {"kind": "word", "name": r["word"], "meaning": r["meaning"]}
        for r in found.glossary.to_dict("records")
    ]
    return Sheet(
        "Dictionary",
        "What the figures mean",
        "One row a column of a linkage table, a business KPI, or a word of this report.",
        HEADERS,
        sheet_rows([*columns, *kpis, *words], HEADERS),
        widths={"meaning": 90, "beware": 60, "label": 36, "name": 26},
    )


def _column(row: dict[str, object]) -> dict[str, object]:
    return {
        "kind": row["what"],
        "table": row["table"],
        "name": row["column"],
        "label": row["label"],
        "unit": row["unit"],
        "meaning": row["definition"],
        "beware": row["trap"],
        "source": row["source"],
        "rows filled": row["filled"],
    }


def _kpi(row: dict[str, object]) -> dict[str, object]:
    lacking = f" Not counted here: needs {row['lacks']}." if row["lacks"] else ""
    return {
        "kind": "KPI",
        "name": row["kpi"],
        "label": row["label"],
        "unit": row["unit"],
        "meaning": f"{row['definition']}{lacking}",
        "beware": row["trap"],
    }
