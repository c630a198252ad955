"""Where the link matrix and a declared link say different things of the same pair, and what makes the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.card import column_of, label_of
from linkage.grains import cluster_of
from linkage.ladder import LINKED, NO_LINK
from linkage.linking.link_rows import link_rows
from linkage.matrix.asking import LinkMatrix, link_matrix
from linkage.matrix.pairs import PairFit, fit_pair
from linkage.memory import kept
from linkage.results import Result
from linkage.sentences import NOUNS, is_share, listed, outcome_amount, signed
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.opening import OpenStudy

BOTH = "both"


@dataclass(frozen=True, eq=False, repr=False)
class MatrixBesideLinks(Result):
    """Pairs of which the link matrix shows something and a declared link nothing, or the other way about.

    estimates : one row a pair: link, question, driver, outcome (labels), matrix and its matrix_low, matrix_high,
        declared and its declared_low, declared_high (outcome units per driver unit), shown_by (the matrix or the
        declared link), only_matrix and only_link (what one holds fixed and the other does not), together with its
        together_low and together_high (the matrix's slope with what the link holds fixed as well; missing where the two
        ask of other rows), most_by (the one of these that moves it most), reason (rows that differ), sentence.
    compared : how many pairs both asked.
    """

    estimates: pd.DataFrame
    compared: int

    def summary(self) -> str:
        if not self.compared:
            return "No declared link asks a pair of the link matrix."
        if self.estimates.empty:
            return (
                f"The link matrix and the declared links agree on all {self.compared:,} pairs that both ask."
            )
        first = f"Of {self.compared:,} pairs that both ask, the link matrix and the declared link differ in "
        return "\n".join(
            [f"{first}{len(self.estimates):,}.", *(f"- {s}" for s in self.estimates["sentence"])]
        )

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The pairs that differ, rounded for reading."""
        columns = ["link", "driver", "outcome", "shown_by", "matrix", "matrix_low", "matrix_high", "declared"]
        columns += ["declared_low", "declared_high", "together", "together_low", "together_high", "only_link"]
        frame = self.estimates[columns].set_index("link")
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        return frame


_COLUMNS = (
    *("link", "question", "driver", "outcome", "shown_by", "only_matrix", "only_link", "most_by", "reason"),
    *("matrix", "matrix_low", "matrix_high", "declared", "declared_low", "declared_high"),
    *("together", "together_low", "together_high", "sentence"),
)


@kept
def matrix_beside_links(study: OpenStudy, *, period: object, topic: str | None = None) -> MatrixBesideLinks:
    """Where do the link matrix and a declared link disagree, and what does one hold fixed that the other does not?

    period : the last period whose drivers count. topic : only links of operations, money, units or people.
    The matrix's pair is fitted again with what the declared link holds fixed as well, all of it and each alone. A link
    that could not be assessed or may not be used is not compared.
    """
    matrix = link_matrix(study, period=period)
    pairs = matrix.estimates[matrix.estimates["p_value"].notna()].set_index(["driver_name", "outcome_name"])
    compared, rows = 0, []
    for card in study.links(period=period).about(topic).cards:
        for row in card.estimates.to_dict("records"):
            pair = (row["driver"], card.spec.outcome)
            if (
                row["verdict"] not in (LINKED, NO_LINK)
                or pd.notna(row["category"])
                or pair not in pairs.index
            ):
                continue
            compared += 1
            asked = pairs.loc[pair]
            if asked["shown"] != (row["verdict"] == LINKED):
                rows.append(_pair(study, matrix, card, row, asked, str(period)))
    return MatrixBesideLinks(pd.DataFrame(rows, columns=_COLUMNS), compared)


def _pair(
    study: OpenStudy, matrix: LinkMatrix, card: LinkCard, row: dict, asked: pd.Series, period: str
) -> dict:
    spec, driver = card.spec, row["driver"]
    others = tuple(d for d in spec.drivers if d != driver)
    held = tuple(h for h in matrix.held if h == "period" or h in card.columns)
    more = tuple(c for c in (*others, *spec.controls) if c not in held)
    reason = _other_rows(spec, asked)
    fits = {} if reason or not more else _refitted(study, spec, driver, held, more, period)
    both = fits.get(BOTH)
    most = min(more, key=lambda c: abs(fits[c].estimate - both.estimate)) if both else ""
    found = {
        "link": card.name,
        "question": spec.question,
        "driver": asked["driver"],
        "outcome": asked["outcome"],
        "shown_by": "the matrix" if asked["shown"] else "the declared link",
        "only_matrix": listed([_named(card, c) for c in held if c not in spec.controls]),
        "only_link": listed([_named(card, c) for c in more]),
        "most_by": _named(card, most) if most else "",
        "reason": reason,
        **{f"matrix{end}": float(asked[name]) for end, name in _ENDS.items()},
        **{f"declared{end}": float(row[name]) for end, name in _ENDS.items()},
        **{f"together{end}": float(getattr(both, name)) if both else np.nan for end, name in _ENDS.items()},
    }
    alone = fits[most] if most and len(more) > 1 else None
    units = (column_of(card, driver).unit, column_of(card, spec.outcome).unit)
    return found | {"sentence": _sentence(found, units, alone, card)}


_ENDS = {"": "estimate", "_low": "low", "_high": "high"}


def _other_rows(spec: LinkSpec, asked: pd.Series) -> str:
    """In what the two ask of other rows, or at other times; empty where they ask of the same."""
    if spec.grain != asked["grain"]:
        return f"the matrix asks {NOUNS[asked['grain']]}, the link {NOUNS[spec.grain]}"
    if spec.change:
        return "the link asks how changes go together, the matrix how levels do"
    if spec.lag != asked["lag"]:
        return f"the matrix takes the outcome {asked['lag']} periods later, the link {spec.lag}"
    if spec.where:
        return f"the link asks only of rows with {listed([f'{c} {v}' for c, v in spec.where.items()])}"
    return ""


def _refitted(
    study: OpenStudy, spec: LinkSpec, driver: str, held: tuple[str, ...], more: tuple[str, ...], period: str
) -> dict[str, PairFit]:
    """The matrix's pair with more held fixed: all of it ("both"), and each alone, on the rows that have all."""
    wider = spec.model_copy(
        update={"drivers": (driver,), "controls": (*more, *(h for h in held if h != "period"))}
    )
    rows = link_rows(study, wider, period)
    fixed = [h for h in held if h in rows]
    codes = (
        rows.groupby(fixed, dropna=False, observed=True).ngroup().to_numpy() if fixed else np.zeros(len(rows))
    )
    cluster = pd.factorize(rows[cluster_of(spec)])[0]
    parts = {c: _columns(rows[c]) for c in more}
    whole = np.column_stack(list(parts.values()))
    x, y = (rows[c].to_numpy("float64", na_value=np.nan) for c in (driver, spec.outcome))
    x = np.where(np.isfinite(whole).all(axis=1), x, np.nan)
    return {c: fit_pair(x, y, codes, cluster, also=part) for c, part in {BOTH: whole, **parts}.items()}


def _columns(values: pd.Series) -> np.ndarray:
    """A control as columns (n, k): a number as it is, a category as indicators; missing in all where missing."""
    if values.dtype.kind in "fiub":
        return values.to_numpy("float64", na_value=np.nan)[:, None]
    made = pd.get_dummies(values.astype(object), dtype="float64").to_numpy(copy=True)
    made[values.isna().to_numpy()] = np.nan
    return made[:, 1:] if made.shape[1] > 1 else made


def _named(card: LinkCard, name: str) -> str:
    return label_of(column_of(card, name), False)


def _sentence(found: dict, units: tuple[str, str], alone: PairFit | None, card: LinkCard) -> str:
    """What each says, what only one of them holds fixed, and what the matrix says with that held fixed too."""
    step, more = (0.1, "10 percentage points") if is_share(units[0]) else (1.0, f"one {units[0]}".rstrip())
    scale = (100.0 if is_share(units[1]) else 1.0) * step

    def said(value: float, low: float, high: float) -> str:
        return f"{outcome_amount(step * value, units[1])} ({signed(scale * low)} to {signed(scale * high)})"

    slopes = {w: said(*(found[f"{w}{e}"] for e in _ENDS)) for w in ("matrix", "declared", "together")}
    other = "the declared link" if found["shown_by"] == "the matrix" else "the matrix"
    first = (
        f"{found['driver']} and {found['outcome']}: {found['shown_by']} shows a link, {other} does not. "
        f"For {more} more: {slopes['matrix']} in the matrix, {slopes['declared']} declared."
    )
    basis = f"({card.confidence:.0%} intervals; n = {card.n_used:,}, {card.span}; {card.level}.)"
    last = f"Read the declared link: it was asked before the data were seen. {basis}"
    if found["reason"]:
        return f"{first} They ask of other rows: {found['reason']}. {last}"
    if not found["only_link"]:
        only = found["only_matrix"] or "nothing more"
        return f"{first} The matrix holds {only} fixed, which the declared link does not. {last}"
    alone_too = (
        f"; with {found['most_by']} alone {said(alone.estimate, alone.low, alone.high)}" if alone else ""
    )
    return (
        f"{first} Only the declared link holds {found['only_link']} fixed. With that the matrix too gives "
        f"{slopes['together']}{alone_too}. {last}"
    )
