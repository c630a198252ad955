"""Staging under arbitrary text: every record is loaded or rejected with its line, and nothing else is raised."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.errors import GrainError, LinkageError
from linkage.sources import stage_source
from linkage.sources.casts import AROUND
from linkage.study import load_study

HEADER = ("customer_id", "segment", "region")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def stage(connection, content: bytes):
    """The tally of a customers file with this content, or the error it raises."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "study.yml").write_text("study: T\nsources:\n  customers: {from: c.csv, delimiter: ','}\n")
        (place / "c.csv").write_bytes(content)
        try:
            return stage_source(connection, load_study(place), "customers")
        except LinkageError as error:
            return error


def rejected(connection) -> list[tuple]:
    return connection.execute('select line, "column", row_kept, reason from rejects order by line').fetchall()


GOOD = "".join(f"good{i},a segment,a region\n" for i in range(8)).encode()

pieces = st.sampled_from(
    [
        '"',
        '""',
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "a",
        "ü",
        "\ufeff",
        "\x00",
        "'",
        ";",
        "#",
        "\\",
    ]
)
bodies = st.lists(pieces | st.integers().map("k{}".format), max_size=40).map(
    lambda parts: "".join(parts).encode()
)


@settings(max_examples=80, deadline=None)
@given(bodies, st.sampled_from([b"", b"\xff", b'\n"\xe9,b,c\n']), st.integers(0, 40))
@example(b'k1,"a', b"", 0)
@example(b'k1,"a\n",b\nk2,b"c,d\n\nk3,,"d" ', b"\xff", 3)
def test_any_text_is_accounted_for_or_refused(connection, body, damage, at):
    content = ",".join(HEADER).encode() + b"\n" + GOOD + body[:at] + damage + body[at:]
    tally = stage(connection, content)
    if isinstance(tally, LinkageError):  # nothing but these may stop a file that holds good rows
        assert isinstance(tally, GrainError) or "not text in the encoding" in str(tally)
        return
    left_out = [r for r in rejected(connection) if not r[2]]
    assert tally.rows_accepted + tally.rows_rejected == tally.rows_read
    assert tally.rows_accepted >= 8
    assert tally.rows_rejected == len(left_out) == len({line for line, *_ in left_out})
    assert connection.execute("select count(*) from stg_customers").fetchone() == (tally.rows_accepted,)
    lines = io.StringIO(content.decode("utf-8", "replace"), newline="").readlines()
    for line, *_, reason in left_out:
        assert 2 <= line <= len(lines) and lines[line - 1].strip(" \r\n") and reason


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("ab ,;\t", max_size=8), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_without_quotes_every_line_is_one_record(connection, lines, end):
    # What must come of each line follows from its commas alone.
    text = end.join([",".join(HEADER), "first,x,y", *(f"k{i}{line}" for i, line in enumerate(lines))])
    tally = stage(connection, text.encode())
    whole = [
        i
        for i, line in enumerate(lines)
        if line.count(",") == 2 or (line.count(",") > 2 and ends_empty(line))
    ]
    assert tally.rows_read == 1 + len(lines) and tally.rows_accepted == 1 + len(whole)
    assert [r[0] for r in rejected(connection)] == [3 + i for i in range(len(lines)) if i not in whole]


def ends_empty(line: str) -> bool:
    return not any(line.split(",")[3:])


values = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6) | st.text(
    ' "\n\r,;ab', max_size=6
)
tables = st.lists(st.tuples(values, values, st.integers(0, 3)), min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(
    tables,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.booleans(),
)
def test_what_was_written_is_read_with_its_lines(connection, rows, end, quoting, mark):
    # kind 1: one field too few; kind 2: no key, and no record where nothing else is there; kind 3: a blank line before.
    expected, lines, text, nothing = {}, [], io.StringIO(newline=""), 0
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerow(HEADER)
    for number, (segment, region, kind) in enumerate([("x", "y", 0), *rows]):
        if kind == 3:
            text.write(end)
        start = len(io.StringIO(text.getvalue(), newline="").readlines()) + 1
        writer.writerow(["" if kind == 2 else f"k{number}", segment, region][: 2 if kind == 1 else 3])
        if kind == 2 and not (segment + region).strip(AROUND):
            nothing += 1
        elif kind in (1, 2):
            lines.append(start)
        else:
            expected[f"k{number}"] = (segment.strip(AROUND) or None, region.strip(AROUND) or None)
    content = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    tally = stage(connection, content)
    found = connection.execute("select customer_id, segment, region from stg_customers").fetchall()
    assert {key: rest for key, *rest in found} == {key: list(value) for key, value in expected.items()}
    assert [line for line, *_ in rejected(connection)] == lines
    assert tally.rows_read == 1 + len(rows) - nothing
