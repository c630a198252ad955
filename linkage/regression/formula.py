"""Reading a formula: which columns it needs, which of them are categories, and what its terms come to."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from linkage.errors import LinkError, TableError
from linkage.rows import as_numbers, holds_text, is_category, require_columns

FUNCTIONS = {"sqrt": np.sqrt}  # beside formulaic's own: C, log, exp, cr, bs, poly, np, ...


def parse_formula(formula: str):
    """The two sides of a formula; refuses one that cannot be read or has no outcome or no term."""
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
        complete = len(parsed.lhs) == 1 and len(parsed.rhs) > 0
    except (FormulaicError, AttributeError, SyntaxError, TypeError) as problem:
        raise LinkError(
            f"Cannot read the formula {formula!r}. Write 'outcome ~ driver + control'."
        ) from problem
    if not complete:
        raise LinkError(f"The formula {formula!r} needs one outcome before the ~ and a term after it.")
    return parsed


def columns_of(terms, table: pd.DataFrame) -> list[str]:
    """The columns of the table that the terms read; refuses one that the table lacks."""
    columns: dict[str, None] = {}
    for term in terms:
        for factor in term.factors:
            names = sorted(columns_read(factor))
            require_columns(table, names)
            columns.update(dict.fromkeys(names))
    return list(columns)


def check_names(parsed, columns: list[str]) -> None:
    """Refuse an outcome that would explain itself, and a column that could not be told from the constant.

    columns : of the right-hand side. Another transformation of the outcome there may be meant.
    """
    explaining = {str(term) for term in parsed.rhs}
    both = [str(term) for term in parsed.lhs if str(term) in explaining]
    if both:
        raise LinkError(f"{both[0]} is outcome and driver of the same question. Leave it out on the right.")
    if "Intercept" in columns:
        raise TableError("A column called 'Intercept' cannot be told from the constant of a fit. Rename it.")


def columns_read(factor) -> set[str]:
    """The columns one factor of a term reads: `nps`, `log(spend)`, `cr(nps, df=4)`."""
    kind = factor.eval_method.value
    if kind == "literal":
        return set()
    return {factor.expr} if kind == "lookup" else _plain_names(factor.expr)


def _plain_names(expression: str) -> set[str]:
    """Names in an expression that are not those of functions; `a name with spaces` stands in backticks."""
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match) -> str:
        return quoted.setdefault(found.group(1), f"quoted_{len(quoted)}_")

    tree = ast.parse(re.sub(r"`([^`]+)`", stand_in, expression), mode="eval")
    called = {
        id(part) for call in ast.walk(tree) if isinstance(call, ast.Call) for part in ast.walk(call.func)
    }
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}
    original = {short: name for name, short in quoted.items()}
    return {original.get(name, name) for name in names}


def category_columns(terms, table: pd.DataFrame, columns: list[str]) -> list[str]:
    """Columns to use as categories: text and categorical ones, and those met only inside C(...)."""
    marked, plain = set(), set()
    for term in terms:
        for factor in term.factors:
            (marked if factor.expr.startswith("C(") else plain).update(columns_read(factor))
    return [c for c in columns if is_text(table[c]) or (c in marked and c not in plain)]


def is_text(values: pd.Series) -> bool:
    """Whether a column holds words or categories rather than numbers."""
    return is_category(values) or holds_text(values)


def category_values(values: pd.Series) -> pd.Series:
    """Category values as they are; whole numbers without their .0, so that a term reads C(wave)[T.2]."""
    if is_text(values):
        return values
    numbers = as_numbers(values)
    known = numbers.dropna()
    return numbers.astype("Int64") if (known == known.round()).all() else numbers


def in_levels(values: pd.Series, levels: Sequence) -> pd.Series:
    """A column as a category of these levels, in their order; missing where it holds none of them."""
    codes, met = values.factorize()
    place = {level: code for code, level in enumerate(levels)}
    # The last one is of missing values, whose code is -1.
    known = np.array([*(place.get(level, -1) for level in met), -1])
    made = pd.Categorical.from_codes(known[codes], dtype=pd.CategoricalDtype(list(levels)))
    return pd.Series(made, index=values.index, name=values.name)


def evaluate(terms, rows: pd.DataFrame) -> tuple[np.ndarray, object]:
    """The matrix of some terms and formulaic's specification of it; refuses a cell that is not a number."""
    if all(_is_plain(term, rows) for term in terms):
        # Names and places follow from the types of the columns: one row tells them.
        spec = _built(terms, rows.iloc[:1]).model_spec
        return matrix_of(spec, rows), spec
    built = _built(terms, rows)
    return _finite(np.asarray(built, dtype="float64"), built.model_spec, rows), built.model_spec


def matrix_of(spec, rows: pd.DataFrame) -> np.ndarray:
    """The matrix (n, k) that a specification makes of rows; refuses a cell that is not a number."""
    if all(_is_plain(term, rows) for term in spec.term_indices):
        return _finite(_plain_matrix(spec, rows), spec, rows)
    return _finite(np.asarray(_built(spec, rows), dtype="float64"), spec, rows)


def _is_plain(term, rows: pd.DataFrame) -> bool:
    """Whether a term is the intercept, or one column of numbers or of a category: nothing has to be computed for it."""
    if len(term.factors) != 1:
        return False
    (factor,) = term.factors
    if factor.eval_method.value != "lookup":
        return (factor.eval_method.value, factor.expr) == ("literal", "1")
    return is_category(rows[factor.expr]) or rows[factor.expr].dtype == "float64"


def _plain_matrix(spec, rows: pd.DataFrame) -> np.ndarray:
    """Ones, numbers as they are, and a flag for each level of a category: without the first where one is left out."""
    columns = np.empty((len(spec.column_names), len(rows)))
    for term, places in spec.term_indices.items():
        (factor,) = term.factors
        values = None if factor.eval_method.value == "literal" else rows[factor.expr]
        if values is None:
            columns[places] = 1.0
        elif is_category(values):
            codes, count = values.cat.codes.to_numpy(), len(values.cat.categories)
            columns[places] = codes == np.arange(count - len(places), count)[:, None]
        else:
            columns[places] = values.to_numpy(dtype="float64")
    return columns.T


def _built(terms, rows: pd.DataFrame):
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            return terms.get_model_matrix(rows, context=FUNCTIONS, na_action="ignore")
    except (FormulaicError, ValueError, NameError) as problem:
        raise LinkError(f"A term of the formula cannot be computed: {problem}") from problem


def _finite(matrix: np.ndarray, spec, rows: pd.DataFrame) -> np.ndarray:
    broken = ~np.isfinite(matrix)
    if not broken.any():
        return matrix
    place = int(np.flatnonzero(broken.any(axis=0))[0])
    term = next(term for term, places in spec.term_indices.items() if place in places)
    read = sorted(set().union(*(columns_read(factor) for factor in term.factors)))
    first = rows.loc[broken[:, place], read].iloc[0]
    example = ", ".join(f"{column} = {first[column]}" for column in read)
    raise TableError(
        f"{spec.column_names[place]} is not a number in {broken[:, place].sum():,} of {len(rows):,} rows, for "
        f"example where {example}. Choose another transformation, or say which rows the model speaks of."
    )
