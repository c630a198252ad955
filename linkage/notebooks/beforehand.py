"""A study's declared links answered before its notebooks ask: several at once, in processes forked from a warm one."""

from __future__ import annotations

import gc
import os
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from linkage.notebooks.warm import run_child

TURN = struct.Struct("=H")
"""How a turn travels: the place of a link, in so few bytes that a pipe hands each to one reader whole."""

MOST_TURNS = 2000
"""What fits into any pipe at once; beyond, who asks answers them alone."""


@dataclass(frozen=True)
class Questions:
    """The declared links of a study (its folder), through a period."""

    study: str
    through: str


def answer_links(asked: Questions, count: int, workers: int) -> bool:
    """Have `count` links answered and kept, then the family they make; whether every process came to its end.

    The links differ much in what they cost, so each process takes the next one when it is done.
    """
    if count > MOST_TURNS:
        return False
    reader, writer = os.pipe()
    os.write(writer, b"".join(TURN.pack(place) for place in range(count)))
    os.close(writer)
    shares = [_fork(lambda: _answer_share(asked, _turns(reader))) for _ in range(min(workers, count))]
    os.close(reader)
    good = [_ended_well(process) for process in shares]
    answered = all(good) and _ended_well(_fork(lambda: _answer_family(asked)))
    if answered:
        _recall_ahead(asked)
    return answered


def _turns(reader: int) -> Iterator[int]:
    while turn := os.read(reader, TURN.size):
        yield TURN.unpack(turn)[0]


def _fork(work: Callable[[], None]) -> int:
    """A process that works in silence: what goes wrong there is told when the question is asked again."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        run_child(work)
    return process


def _ended_well(process: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def _answer_share(asked: Questions, places: Iterator[int]) -> None:
    from linkage.linking.surroundings import Lookout
    from linkage.links import declared_card
    from linkage.opening import open_study

    study = open_study(Path(asked.study))
    names, lookout = list(study.study.links), Lookout(study, asked.through)
    for place in places:
        declared_card(study, names[place], asked.through, lookout)


def _answer_family(asked: Questions) -> None:
    from linkage.opening import open_study

    open_study(Path(asked.study)).links(period=asked.through)


def _recall_ahead(asked: Questions) -> None:
    """Read the cards in this process, from which the kernels are forked: each of them will recall them.

    No database is opened for it: its threads would forbid a fork.
    """
    from linkage.memory import recall_cards
    from linkage.study import load_study
    from linkage.warehouse import Warehouse, warehouse_path

    study = load_study(Path(asked.study))
    recall_cards(Warehouse(study, warehouse_path(study), built=False), asked.through)
    gc.freeze()
