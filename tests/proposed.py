"""Made-up companies' files proposed as studies, written and opened, each once a test module."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from linkage.opening import OpenStudy, open_study
from linkage.proposing import propose_study, write_study
from linkage.proposing.proposal import Proposal

Company = Callable[[Path], object]
Made = tuple[Proposal, Path, list[str]]


def proposals(folders: pytest.TempPathFactory) -> Callable[[Company], Made]:
    """made(company) gives the proposal, the written study's folder, and what was said while writing."""

    @cache
    def made(company: Company) -> Made:
        files, out = folders.mktemp(company.__name__), folders.mktemp("studies")
        company(files)
        proposal, said = propose_study(files), []
        return proposal, write_study("proposed", proposal, out, say=said.append), said

    return made


def openings(made: Callable, folders: pytest.TempPathFactory) -> Callable[[Company], OpenStudy]:
    """opened(company) gives the written study, built and opened."""

    @cache
    def opened(company: Company) -> OpenStudy:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LINKAGE_CACHE", str(folders.mktemp("cache")))
            return open_study(made(company)[1])

    return opened
