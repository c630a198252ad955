"""The profile of a study's sources: columns, problems, coverage and one row a source, from its built tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.memory import kept
from linkage.profiling.alike_words import alike_problems
from linkage.profiling.breaking import Broken, broken_links
from linkage.profiling.column_profile import column_table
from linkage.profiling.coverage import coverage_of, coverage_table, study_days
from linkage.profiling.join_problems import join_problems
from linkage.profiling.overview import overview_table
from linkage.profiling.problem import problem_table
from linkage.profiling.reading_problems import reading_problems
from linkage.profiling.repeats import repeat_problems
from linkage.profiling.scanning import scan_table
from linkage.profiling.staged import staged_tables
from linkage.profiling.timing_problems import timing_problems
from linkage.profiling.unknown_sums import sum_problems
from linkage.profiling.value_problems import value_problems

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


@dataclass(frozen=True, eq=False)
class Profile:
    """What a study's sources hold.

    overview : one row a source. columns : one row a source and column. problems : one row a finding, the gravest
    first. coverage : one row a source and month. broken : the links that cannot be answered.
    """

    overview: pd.DataFrame
    columns: pd.DataFrame
    problems: pd.DataFrame
    coverage: pd.DataFrame
    broken: tuple[Broken, ...]


@kept
def profile_sources(opened: OpenStudy) -> Profile:
    """What is in each source, and what is wrong with it? Every table is scanned in DuckDB; no row is fetched."""
    connection, study = opened.connection, opened.study
    staged = staged_tables(opened)
    scans = [scan_table(connection, table) for table in staged]
    coverages = [c for c in (coverage_of(opened, table) for table in staged) if c]
    sources, rejects = opened.sources, opened.rejects
    broken = tuple(broken_links(opened))
    by_role = {
        name if spec.role == "unit_periods" else spec.role: name for name, spec in study.sources.items()
    }
    problems = [b.problem() for b in broken]
    problems += reading_problems(sources, rejects)
    problems += sum_problems(opened)
    for scan in scans:
        problems += value_problems(connection, study, scan)
        problems += repeat_problems(connection, scan)
    problems += alike_problems(connection, scans)
    problems += timing_problems(opened, scans, coverages, study_days(coverages))
    problems += join_problems(opened.ledger, by_role)
    listed = problem_table(problems, study.sources)
    columns = column_table(study, scans, rejects)
    by_source = {c.source: c for c in coverages}
    return Profile(
        overview_table(sources, scans, columns, listed, by_source),
        columns,
        listed,
        coverage_table(coverages),
        broken,
    )
