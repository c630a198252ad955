"""Questions asked side by side are answered as one after another: same answers, same order, same refusals."""

from __future__ import annotations

import threading

import duckdb
import pytest

from linkage.sources.progress import LARGE
from linkage.tables.side_by_side import side_by_side


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("set threads = 1")
        opened.execute("create table rows as select range as x, sin(range) * 1e9 as y from range(50000)")
        yield opened


def ask(cursor, rest):
    return cursor.execute(f"select sum(y), count(*) from rows where x % 7 = {rest}").fetchall()[0]


def test_answers_are_the_same_to_the_last_digit_and_in_the_order_asked(connection):
    wanted = [ask(connection, rest) for rest in range(7)]
    for _ in range(3):
        assert side_by_side(connection, ask, range(7), size=1) == wanted


def test_two_run_at_once_and_each_on_a_cursor_of_its_own(connection):
    both = threading.Barrier(2, timeout=20)  # is passed only where two are there at once

    def meet(cursor, thing):
        both.wait()
        cursor.execute(f"create table made_{thing} as select {thing} as x")
        return id(cursor)

    first, second = side_by_side(connection, meet, (1, 2), size=1)
    assert first != second
    assert connection.execute("from made_1 union all from made_2 order by all").fetchall() == [(1,), (2,)]


def test_of_much_one_comes_after_another_on_the_connection_itself(connection):
    seen = side_by_side(connection, lambda cursor, thing: (cursor is connection, thing), "ab", size=LARGE)
    assert seen == [(True, "a"), (True, "b")]


def test_of_several_failures_the_first_in_order_is_raised_when_what_runs_has_ended(connection):
    failed = threading.Event()
    ended = []

    def fail(cursor, thing):
        if thing == "first":
            assert failed.wait(20)
        ended.append(thing)
        failed.set()
        raise ValueError(thing)

    with pytest.raises(ValueError, match="first"):
        side_by_side(connection, fail, ("first", "second"), size=1)
    assert ended == ["second", "first"]
