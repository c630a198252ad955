"""The same fits on a relation of any size: read in blocks from DuckDB, never held whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from linkage.errors import LinkError
from linkage.regression.covariance import Errors, settle
from linkage.regression.glm import GlmFit
from linkage.regression.linear import LinearFit
from linkage.regression.result import check_confidence
from linkage.regression.streamed_glm import KINDS, fit_glm_stream
from linkage.regression.streamed_linear import fit_linear_stream
from linkage.regression.streamed_plan import read_plan
from linkage.regression.streamed_spread import check_offered

if TYPE_CHECKING:
    import duckdb


def fit_streamed(
    relation: duckdb.DuckDBPyRelation,
    formula: str,
    *,
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    absorb: str | None = None,
    family: str = "gaussian",
    weights: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
    drivers: Sequence[str] | None = None,
    seed: int = 0,
    block_rows: int = 32_768,
) -> LinearFit | GlmFit:
    """Fit a DuckDB relation of any number of rows: what fit_linear and its kin answer for a table in memory.

    formula : "outcome ~ driver + control" of numbers, categories (text columns, `C(wave)`), products (`a:b`, `a*b`)
        and log(x), log10(x), log2(x), sqrt(x). Anything else, such as a curve: LinkError.
    cluster : column the errors are clustered by, or two of them. errors : "auto", "iid", "HC0" to "HC3", "CR1",
        "wild", or Errors(...), as in fit_linear; not "CR3" or "HAC". Through a link: "auto", "iid", "HC0", "HC1".
    absorb : column whose effects are held fixed without a coefficient each (gaussian only): the same as indicators
        of all its values, which are counted in k.
    family : "gaussian" (least squares), "binomial" (log odds of a yes), "poisson" or "gamma" (log of the mean).
    weights, confidence, reference, drivers, seed : as in fit_linear.
    block_rows : rows held at once. Memory is a few blocks, and the number of clusters times that of terms.

    Gives a LinearFit or GlmFit without rows_kept, fitted and residuals. A row counts if every column has a value:
    NULL, NaN and infinities are missing. Two passes over the relation (least squares), or one for each step of the
    maximisation; what is slow to compute should be materialised first. The same digits each time, if the relation
    gives its rows in the same order: DuckDB keeps the order of a table or file, but not that of an aggregate or a
    join without `order by`.

    Sums of products of centred columns, Cholesky, one step of refinement; refused above a condition number of 1e6.
    Raises LinkError, TableError, TooFewRowsError or FitError as the fits in memory do. Sources: those of fit_linear;
    Yamamoto et al. 2015 (CholeskyQR2); McCullagh and Nelder 1989, sec. 2.5 (reweighted least squares).
    """
    _check_relation(relation)
    check_confidence(confidence)
    clusters = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
    asked = settle(errors, clusters, weighted=weights is not None)
    _check_arguments(asked, family, absorb, block_rows)
    plan = read_plan(
        relation,
        formula,
        cluster=clusters,
        absorb=absorb,
        weights=weights,
        reference=reference,
        block_rows=block_rows,
    )
    if family != "gaussian":
        return fit_glm_stream(plan, KINDS[family], asked, confidence=confidence)
    automatic = (errors if isinstance(errors, str) else errors.kind) == "auto"
    return fit_linear_stream(
        plan, asked, automatic=automatic, confidence=confidence, drivers=drivers, seed=seed
    )


def _check_arguments(asked: Errors, family: str, absorb: str | None, block_rows: int) -> None:
    check_offered(asked)
    if family not in ("gaussian", *KINDS):
        raise LinkError(f"family={family!r} is unknown. Choose one of: gaussian, {', '.join(KINDS)}.")
    if absorb and family != "gaussian":
        raise LinkError(
            f"absorb={absorb!r} is for family='gaussian' only: with a link, effects of many groups bias the slopes. "
            "Give the groups' means as a control instead."
        )
    if block_rows < 1:
        raise LinkError(f"block_rows={block_rows} is the number of rows read at once: 1 or more.")


def _check_relation(relation: object) -> None:
    if not hasattr(relation, "to_arrow_reader"):
        raise LinkError(
            f"A fit in blocks takes a DuckDB relation, not a {type(relation).__name__}. For a DataFrame use "
            "fit_linear, fit_logit, fit_counts or fit_positive."
        )
