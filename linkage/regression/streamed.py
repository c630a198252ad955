"""The same fits on a relation of any size: read in blocks from DuckDB, never held whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from linkage.errors import LinkError
from linkage.regression.covariance import Errors, settle
from linkage.regression.linear import LinearFit
from linkage.regression.result import check_confidence
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
) -> LinearFit:
    """Fit a relation."""
    check_confidence(confidence)
    clusters = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
    asked = settle(errors, clusters, weighted=weights is not None)
    check_offered(asked)
    if block_rows < 1:
        raise LinkError(f"block_rows={block_rows} is the number of rows read at once: 1 or more.")
    plan = read_plan(
        relation,
        formula,
        cluster=clusters,
        absorb=absorb,
        weights=weights,
        reference=reference,
        block_rows=block_rows,
    )
    automatic = (errors if isinstance(errors, str) else errors.kind) == "auto"
    return fit_linear_stream(
        plan, asked, automatic=automatic, confidence=confidence, drivers=drivers, seed=seed
    )
