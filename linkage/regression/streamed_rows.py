"""Reading a relation in blocks: its complete rows as numbers and group codes, as often as a fit needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from linkage.errors import FitError, TableError
from linkage.tables.quoting import name_sql

BATCH_ROWS = 32_768  # larger Arrow batches cost a fresh page of memory for every number


@dataclass(frozen=True, eq=False)
class Raw:
    """Some rows as they come. numbers : (columns, n). codes : one (n,) array of 0..L-1 for each label."""

    numbers: np.ndarray
    codes: tuple[np.ndarray, ...]

    @property
    def n(self) -> int:
        return self.numbers.shape[1]


@dataclass(frozen=True, eq=False)
class Rows:
    """The complete rows of a relation.

    numbers : columns read as double. labels : SQL expressions of what is read as a code. keys : for each, the
    hashes of its values, in the order of their codes. n_used : how many rows there are.
    """

    relation: duckdb.DuckDBPyRelation
    numbers: tuple[str, ...]
    labels: tuple[str, ...]
    keys: tuple[pd.Index, ...]
    n_used: int
    block_rows: int

    def first(self) -> Raw:
        """The rows of the first block alone."""
        return next(self._blocks(self.relation.limit(self.block_rows), len(self.labels)))

    def blocks(self, labels: int | None = None) -> Iterator[Raw]:
        """All rows, block_rows at a time, with the codes of the first labels only if told so.

        A block is overwritten by the next one.

        Blocks are cut by count, whatever batches the engine sends, so that sums repeat to the last digit.
        """
        read = 0
        for raw in self._blocks(self.relation, len(self.labels) if labels is None else labels):
            read += raw.n
            yield raw
        if read != self.n_used:
            raise TableError(
                f"The relation held {self.n_used:,} complete rows when it was counted and {read:,} when it was "
                "read again. Fix its rows first: relation.materialize(), or a table made of it."
            )

    def _blocks(self, relation: duckdb.DuckDBPyRelation, labels: int) -> Iterator[Raw]:
        numbers = np.empty((len(self.numbers), self.block_rows))
        codes = tuple(np.empty(self.block_rows, dtype=np.int64) for _ in range(labels))
        filled = 0
        for batch in self._batches(relation, labels):
            start = 0
            while start < batch.n:
                size = min(batch.n - start, self.block_rows - filled)
                numbers[:, filled : filled + size] = batch.numbers[:, start : start + size]
                for target, source in zip(codes, batch.codes, strict=True):
                    target[filled : filled + size] = source[start : start + size]
                start, filled = start + size, filled + size
                if filled == self.block_rows:
                    yield Raw(numbers, codes)
                    filled = 0
        if filled:
            yield Raw(numbers[:, :filled], tuple(c[:filled] for c in codes))

    def _batches(self, relation: duckdb.DuckDBPyRelation, labels: int) -> Iterator[Raw]:
        count = len(self.numbers)
        columns = [f"{as_double(name)} as n{i}" for i, name in enumerate(self.numbers)]
        columns += [f"hash({label}) as c{i}" for i, label in enumerate(self.labels[:labels])]
        with relation.project(", ".join(columns)).to_arrow_reader(BATCH_ROWS) as reader:
            for batch in reader:
                read = [column.to_numpy() for column in batch.columns]
                yield Raw(np.array(read[:count]), tuple(map(_codes, self.keys[:labels], read[count:])))


def _codes(keys: pd.Index, hashes: np.ndarray) -> np.ndarray:
    codes = keys.get_indexer(hashes)
    if codes.size and codes.min() < 0:
        raise TableError(
            "The relation gives other rows each time it is read. Fix them first: relation.materialize(), or a "
            "table made of it."
        )
    return codes


def as_double(name: str) -> str:
    """A column as a number, in SQL."""
    return f"cast({name_sql(name)} as double)"


def keys_of(relation: duckdb.DuckDBPyRelation, label: str) -> pd.Index:
    """The hashes of a label's distinct values, in the order of the values: their place is their code."""
    found = relation.project(f"{label} as label, hash({label}) as key").distinct().order("label")
    return checked_keys(found.project("key").fetchnumpy()["key"])


def checked_keys(hashes: np.ndarray) -> pd.Index:
    keys = pd.Index(np.ma.getdata(hashes).astype(np.uint64))
    if not keys.is_unique:
        raise FitError(
            f"Two of {len(keys):,} labels share a hash, so they cannot be told apart here. Use fit_linear on a "
            "DataFrame."
        )
    return keys
