"""What a study states about the form of its raw data: a few given rows in, expected rows and rejects out."""

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from staged import is_accounted_for, rejects, rows, stage

from linkage.errors import GrainError, SourceError
from linkage.study import load_study

# ----------------------------------------------------------------------------------------- long exports

LONG = """
study: T
sources:
  feedback:
    from: f.csv
    columns: {response_id: id, customer_id: cust, answered_at: at}
    long: {item: question, value: answer, items: {csat: Q1, nps: [Q2, Q2b], comment: 7}}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  nps: {of: feedback, scale: [0, 10]}
"""
LINES = """id,cust,at,question,answer
r2,c2,2026-01-02 10:00,Q1,4
r1,c1,2026-01-01 10:00,Q1,5
r1,c1,2026-01-01 10:01,q2 ,9
r1,c1,2026-01-01 10:02,7,"good, really"
r2,c2,2026-01-02 10:00,Q2b,
r3,,2026-01-03,Q2b,11
r3,,2026-01-03,Q9,3
r4,c1,2026-01-04,Q9,3
r5,c1,2026-01-04,,3
,c1,2026-01-04,Q1,3
"""


def test_a_long_export_becomes_one_row_a_response(make_study):
    connection, tally = stage(make_study(LONG, {"f.csv": LINES}))
    assert rows(
        connection,
        "stg_feedback order by response_id",
        "response_id, customer_id, answered_at, comment, csat, nps",
    ) == [
        ("r1", "c1", datetime(2026, 1, 1, 10, 2), "good, really", 5, 9),  # answered with its last question
        ("r2", "c2", datetime(2026, 1, 2, 10), None, 4, None),
        ("r3", None, datetime(2026, 1, 3), None, None, None),
        ("r4", "c1", datetime(2026, 1, 4), None, None, None),  # it answered nothing we ask of
    ]
    assert rejects(connection) == [
        (7, "nps", "11", "outside the scale 0 to 10", True),
        (10, "question", None, "no question is named", False),
        (11, "response_id", None, "missing", False),
    ]
    assert (tally.rows_read, tally.rows_accepted, tally.rows_merged) == (10, 8, 4)
    assert tally.values_missing == 1 + 2  # an answer left empty, and twice no customer
    assert tally.undeclared == ("question = Q9",)
    assert is_accounted_for(connection, tally)


def test_an_answer_given_twice_alike_is_one_and_otherwise_an_error(make_study):
    same = LINES + "r1,c1,2026-01-01,Q1,5.0\n"
    connection, tally = stage(make_study(LONG, {"f.csv": same}))
    assert rows(connection, "stg_feedback where response_id = 'r1'", "csat") == [(5,)]
    assert tally.rows_merged == 5
    with pytest.raises(
        GrainError,
        match=r"1 responses answer csat \(Q1\) twice, .* r1 in f.csv line 3, f.csv line 12\. Keep one",
    ):
        stage(make_study(LONG, {"f.csv": LINES + "r1,c1,2026-01-01,Q1,4\n"}))


def test_two_wordings_of_one_question_are_one_answer(make_study):
    with pytest.raises(GrainError, match=r"nps \(Q2, Q2b\) twice"):
        stage(make_study(LONG, {"f.csv": LINES + "r1,c1,2026-01-01,Q2b,8\n"}))


def test_what_the_lines_of_a_response_disagree_about_is_rejected(make_study):
    text = LINES + "r1,c9,2026-01-01,Q9,1\nr1,,2026-01-01,Q9,1\nr3,c3,2026-01-03,Q9,1\n"
    connection, tally = stage(make_study(LONG, {"f.csv": text}))
    found = dict(rows(connection, "stg_feedback", "response_id, customer_id"))
    assert (found["r1"], found["r3"]) == ("c1", "c3")  # the first line that says who
    assert rejects(connection)[-1] == (
        12,
        "customer_id",
        "c9",
        "not what an earlier line of the same response says",
        True,
    )
    assert is_accounted_for(connection, tally)


def test_a_long_export_of_several_files_is_one(make_study):
    files = {"a.csv": LINES, "b.csv": "id,cust,at,question,answer\nr2,c2,2026-01-02,Q2,3\n"}
    connection, _ = stage(make_study(LONG.replace("f.csv", "'*.csv'"), files))
    assert rows(connection, "stg_feedback where response_id = 'r2'", "csat, nps") == [(4, 3)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("question, value", "kind, value"), r"f.csv: there is no column 'kind', named under long: item"),
        (
            ("value: answer", "value: anser"),
            r"there is no column 'anser', named under long: value. Did you mean 'answer'",
        ),
        (
            ("Q1,", "Q11,"),
            r"no row of 'question' says 'Q11', declared under long: items. Did you mean 'Q1'\?",
        ),
    ],
)
def test_a_long_export_that_is_not_as_declared_is_refused(make_study, change, message):
    with pytest.raises(SourceError, match=message):
        stage(make_study(LONG.replace(*change), {"f.csv": LINES}))


def test_none_of_the_questions_being_there_is_refused(make_study):
    yml = LONG.replace("csat: Q1, nps: [Q2, Q2b], comment: 7", "csat: Satisfaction, nps: Recommend")
    with pytest.raises(SourceError, match=r"says any of 'Satisfaction', 'Recommend', .* It says: 'Q1', "):
        stage(make_study(yml, {"f.csv": LINES}))


# --------------------------------------------------------------------------- several choices in one cell

CHOICES = """
study: T
sources:
  feedback: {from: f.csv, columns: {reasons: why}, split: {reasons: ";"}}
metrics:
  reason_price: {of: feedback, choice: {reasons: Price}}
  reason_people: {of: feedback, choice: {reasons: [Staff, Personal]}}
"""


def test_choices_in_a_cell_become_flags(make_study):
    text = (
        "response_id,answered_at,why\nr1,2026-01-01,Price;Staff\nr2,2026-01-01, price ; Other;PRICE\n"
        "r3,2026-01-01,\nr4,2026-01-01,Pricey;Personal\nr5,2026-01-01,Other;None\n"
    )
    connection, tally = stage(make_study(CHOICES, {"f.csv": text}))
    assert rows(connection, "stg_feedback", "response_id, reason_price, reason_people") == [
        ("r1", 1, 1),
        ("r2", 1, 0),
        ("r3", None, None),  # asked and not answered, or not asked: nobody knows
        ("r4", 0, 1),
        ("r5", 0, 0),
    ]
    assert "reasons" not in [c for c, *_ in connection.execute("describe stg_feedback").fetchall()]
    assert tally.undeclared == ("why = Other", "why = None", "why = Pricey")
    assert is_accounted_for(connection, tally)


def test_a_choice_is_a_share_with_its_own_note(make_study):
    study = load_study(make_study(CHOICES, {}))
    column = study.columns["survey"]["reason_people"]
    assert (column.kind, column.unit) == ("flag", "share")
    assert (
        column.note == "1 where Staff or Personal is among the choices of reasons, 0 where only others are."
    )
    assert "reasons" not in study.columns["survey"]


def test_a_choice_nobody_made_but_nearly_is_refused(make_study):
    text = "response_id,answered_at,why\nr1,2026-01-01,Prices;Staff\n"
    with pytest.raises(SourceError, match=r"says 'Price', declared under choice. Did you mean 'Prices'\?"):
        stage(make_study(CHOICES, {"f.csv": text}))


def test_choices_may_come_one_a_line(make_study):
    yml = CHOICES.replace("columns: {reasons: why}", "long: {item: q, value: a, items: {reasons: Q5}}")
    text = "response_id,answered_at,q,a\nr1,2026-01-01,Q5,Price\nr1,2026-01-01,Q5,Staff\nr2,2026-01-01,Q5,Other\n"
    connection, tally = stage(make_study(yml, {"f.csv": text}))
    assert rows(connection, "stg_feedback", "response_id, reason_price, reason_people") == [
        ("r1", 1, 1),
        ("r2", 0, 0),
    ]
    assert tally.rows_merged == 1
    assert tally.undeclared == ("a = Other",)


# --------------------------------------------------------------------- several raw columns for one of ours

WORDINGS = """
study: T
sources:
  feedback: {from: '*.csv', columns: {nps: [q1_2024, q1_2025], comment: [text, remark]}}
metrics:
  nps: {of: feedback, scale: [0, 10]}
"""


def test_a_question_may_have_another_column_each_wave(make_study):
    files = {
        "a.csv": "response_id,answered_at,q1_2024,q1_2025,text,remark\nr1,2025-01-01,7,,a,\nr2,2025-01-01,,8,,b\n"
        "r3,2025-01-01,9,9.0,,\nr4,2025-01-01,7,8,c,d\nr5,2025-01-01,12,,,\n",
        "b.csv": "response_id,answered_at,q1_2025,remark\nr6,2025-02-01,5,\n",
    }
    connection, tally = stage(make_study(WORDINGS, files))
    assert rows(connection, "stg_feedback", "response_id, comment, nps") == [
        ("r1", "a", 7),
        ("r2", "b", 8),
        ("r3", None, 9),
        ("r4", None, None),
        ("r5", None, None),
        ("r6", None, 5),
    ]
    assert rejects(connection) == [
        (5, "comment", "c | d", "text and remark hold different answers: keep one", True),
        (5, "nps", "7 | 8", "q1_2024 and q1_2025 hold different answers: keep one", True),
        (6, "nps", "12", "outside the scale 0 to 10", True),
    ]
    assert is_accounted_for(connection, tally)


def test_a_file_with_neither_column_is_refused(make_study):
    with pytest.raises(
        SourceError, match=r"no column 'q1_2024' or 'q1_2025', declared for nps. Did you mean 'q1_2023'"
    ):
        stage(make_study(WORDINGS, {"a.csv": "response_id,answered_at,q1_2023,text\nr1,2025-01-01,7,\n"}))


# -------------------------------------------------------------------------------- scales that changed

SCALES = """
study: T
timezone: Europe/Berlin
sources:
  feedback: {from: f.csv}
metrics:
  ease: {of: feedback, scale: [0, 10], was: [{until: 2025-03-31, scale: [1, 5]}, {until: 2024-12-31, scale: [1, 7]}]}
  nps: {of: feedback, scale: [0, 10], was: [{until: 2025-03-31, scale: [1, 10]}]}
"""


def test_answers_to_a_former_scale_are_moved_to_the_scale_of_today(make_study):
    text = (
        "response_id,answered_at,ease,nps\n"
        "r1,2024-12-31,4,\n"  # 1 to 7: the middle
        "r2,2025-01-01,5,10\n"
        "r3,2025-03-31 23:59,2,9\n"  # in Berlin still the last day; (2 - 1) / 4 of 10
        "r4,2025-04-01 00:00,2,9\n"  # in UTC the day before, in Berlin not
        "r5,2025-01-01,6,0\n"  # good today, outside of what was asked then
        "r6,2025-05-01,11,x\n"
        "r7,2025-01-01,1,1\n"
        "r8,2025-01-01,3,6\n"
    )
    connection, tally = stage(make_study(SCALES, {"f.csv": text}))
    assert rows(connection, "stg_feedback order by response_id", "response_id, ease, nps") == [
        ("r1", 5, None),
        ("r2", 10, 10),
        ("r3", 2.5, 9),  # 8.9 of a net score's question is rounded: it counts points
        ("r4", 2, 9),
        ("r5", None, None),
        ("r6", None, None),
        ("r7", 0, 0),
        ("r8", 5, 6),
    ]
    assert rejects(connection) == [
        (6, "ease", "6", "outside the scale 1 to 5, asked until 2025-03-31", True),
        (6, "nps", "0", "outside the scale 1 to 10, asked until 2025-03-31", True),
        (7, "ease", "11", "outside the scale 0 to 10", True),
        (7, "nps", "x", "not a number", True),
    ]
    assert is_accounted_for(connection, tally)


def test_a_net_score_keeps_its_promoters_and_detractors(make_study):
    # Of 1 to 10, 9 and 10 promote and 1 to 6 detract; on 0 to 10 they still do.
    lines = "".join(f"r{n:02},2025-01-01,,{n}\n" for n in range(1, 11))
    connection, _ = stage(make_study(SCALES, {"f.csv": f"response_id,answered_at,ease,nps\n{lines}"}))
    found = [v for (v,) in rows(connection, "stg_feedback order by response_id", "nps")]
    assert [v <= 6 for v in found] == [True] * 6 + [False] * 4
    assert [v >= 9 for v in found] == [False] * 8 + [True] * 2


def test_charts_and_headlines_mark_where_the_scale_changed(make_study):
    from linkage.feedback import headlines
    from linkage.opening import open_study

    days = ["2024-11-01", "2025-02-01", "2025-03-01", "2025-05-01", "2025-06-01"]
    lines = "".join(f"r{i},c{i},{day},{1 + i % 5},\n" for i, day in enumerate(days * 12))
    yml = SCALES.replace("timezone", "minimum_group: 2\ntimezone")
    study = open_study(make_study(yml, {"f.csv": f"response_id,customer_id,answered_at,ease,nps\n{lines}"}))
    found = headlines(study, period="2025Q2")
    assert found.scale_changes["ease"] == {
        "2025Q1": "1 to 7 until 2024-12-31",
        "2025Q2": "1 to 5 until 2025-03-31",
    }
    assert (
        found.summary().count("The scale changed in between (1 to 5 until 2025-03-31), so older answers") == 1
    )
    drawn = found.plot("ease")._repr_mimebundle_()
    words = "Changed from 2025Q1: 1 to 7 until 2024-12-31. Changed from 2025Q2: 1 to 5 until 2025-03-31"
    assert any(words in text for text in drawn.values())
    earlier = headlines(study, period="2024Q4")
    assert "scale" not in earlier.summary()
    assert "Changed" not in str(earlier.plot("ease")._repr_mimebundle_())


def test_the_scale_of_a_period_is_the_one_asked_in_it(make_study):
    yml = (
        "study: T\nsources:\n  units: {from: u.csv}\n  scores: {role: unit_periods, from: s.csv}\n"
        "metrics:\n  stars: {of: scores, scale: [0, 10], was: [{until: 2025-03-31, scale: [1, 5]}]}\n"
    )
    text = "unit_id,period,stars\nu1,2025Q1,3\nu1,2025Q2,3\n"
    connection, _ = stage(make_study(yml, {"s.csv": text, "u.csv": "unit_id\nu1\n"}), "scores")
    assert rows(connection, "stg_scores", "period, stars") == [("2025Q1", 5), ("2025Q2", 3)]


# ------------------------------------------------------------------------------------- doubled keys

TICKETS = """
study: T
sources:
  interactions:
    from: t.csv
    columns: {interaction_id: ticket, closed_at: closed}
    types: {closed_at: time}
    doubled: HOW
metrics:
  handle_minutes: {of: interactions, unit: minute}
  transfer_count: {of: interactions, type: whole}
  is_resolved: {of: interactions, type: flag}
  mood: {of: interactions, scale: [1, 5]}
  reopen_count: {of: interactions, type: whole, unit: time, better: lower}
"""
REOPENED = """ticket,customer_id,started_at,ended_at,closed,topic,handle_minutes,transfer_count,is_resolved,mood
t1,c1,2026-01-05 10:00,2026-01-05 11:00,2026-01-05,bill,10,1,0,2
t1,c1,2026-01-03 10:00,2026-01-03 11:00,2026-01-03,line,5.5,0,1,
t1,,2026-01-04 10:00,2026-01-05 11:00,2026-01-04,,2,,1,4
t2,c2,2026-01-01 10:00,2026-01-01,,line,7,0,1,5
t3,,bad,2026-01-02,,line,7,0,1,9
"""


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        # By ended_at and then by line: the third line of t1 is as late as the first, and comes after it.
        ("last", ("t1", None, datetime(2026, 1, 4, 10), None, 2, None, 1, 4, 2)),
        ("first", ("t1", "c1", datetime(2026, 1, 3, 10), "line", 5.5, 0, 1, None, 2)),
        ("merge", ("t1", "c1", datetime(2026, 1, 3, 10), "line", 17.5, 1, 1, 4, 2)),
    ],
)
def test_of_several_rows_of_a_key_one_is_made(make_study, how, expected):
    connection, tally = stage(
        make_study(TICKETS.replace("HOW", how), {"t.csv": REOPENED}),
        "interactions",
    )
    columns = (
        "interaction_id, customer_id, started_at, topic, handle_minutes, transfer_count, is_resolved, mood"
    )
    found = rows(connection, "stg_interactions order by 1", f"{columns}, reopen_count")
    assert found[0] == expected
    assert [r[-1] for r in found] == [2, 0, 0]
    assert (tally.rows_read, tally.rows_accepted, tally.rows_merged) == (5, 5, 2)
    assert rejects(connection) == [
        (6, "mood", "9", "outside the scale 1 to 5", True),
        (
            6,
            "started_at",
            "bad",
            "not a time: expected one such as 2026-03-31 14:05:00, or declare its format under dates",
            True,
        ),
    ]
    assert is_accounted_for(connection, tally)


def test_a_study_says_how_a_column_is_merged(make_study):
    yml = TICKETS.replace("HOW", "merge\n    merge: {topic: last, closed_at: max, handle_minutes: mean}")
    connection, _ = stage(make_study(yml, {"t.csv": REOPENED}), "interactions")
    assert rows(
        connection,
        "stg_interactions where interaction_id = 't1'",
        "topic, ended_at, closed_at, handle_minutes",
    ) == [("bill", datetime(2026, 1, 5, 11), datetime(2026, 1, 5), pytest.approx(17.5 / 3))]


def test_doubled_keys_are_refused_unless_a_study_says_otherwise(make_study):
    yml = "".join(t for t in TICKETS.splitlines(keepends=True) if "doubled" not in t and "reopen" not in t)
    with pytest.raises(GrainError, match="3 rows share their interaction_id"):
        stage(make_study(yml, {"t.csv": REOPENED}), "interactions")


def test_rows_of_different_customers_are_no_rows_of_one_ticket(make_study):
    files = {"t.csv": REOPENED.replace("t1,,", "t1,c7,")}
    with pytest.raises(
        GrainError,
        match="1 keys stand in rows of different customers, for example t1 in",
    ):
        stage(make_study(TICKETS.replace("HOW", "merge"), files), "interactions")


def test_order_lines_become_one_purchase(make_study):
    yml = (
        "study: T\nsources:\n  transactions: {from: t.csv, doubled: merge}\n"
        "metrics:\n  spend: {of: transactions, unit: EUR}\n"
    )
    text = "transaction_id,customer_id,purchased_at,product,spend\n"
    text += "T1,c1,2026-01-01,a,5\nT1,c1,2026-01-01,b,0.1\nT2,c1,2026-01-01,b,\n"
    connection, tally = stage(make_study(yml, {"t.csv": text}), "transactions")
    assert rows(connection, "stg_transactions", "transaction_id, product, spend") == [
        ("T1", "a", 5.1),
        ("T2", "b", None),
    ]
    assert tally.rows_merged == 1


def test_the_newest_record_of_a_customer_may_count(make_study):
    yml = "study: T\nsources:\n  customers: {from: c.csv, doubled: last}\n"
    text = "customer_id,segment\nc1,home\nc1,office\nc2,home\n"
    connection, tally = stage(make_study(yml, {"c.csv": text}), "customers")
    assert rows(connection, "stg_customers", "customer_id, segment") == [("c1", "office"), ("c2", "home")]
    assert is_accounted_for(connection, tally)


def test_what_was_merged_is_said_in_the_contract(make_study):
    from linkage.contract import check_study

    folder = make_study(TICKETS.replace("HOW", "merge"), {"t.csv": REOPENED})
    assert "2 of the accepted share their key with another row" in check_study(folder).headline()


cells = st.none() | st.integers(0, 12)
answers = st.dictionaries(
    st.integers(0, 8), st.tuples(cells, cells, st.sampled_from(["", "c1", "c2"])), min_size=1
)


@settings(max_examples=25, deadline=None)
@given(answers, st.randoms())
@example({0: (None, 11, ""), 1: (3, 4, "c1")}, None)
def test_a_long_export_gives_what_the_wide_one_gives(wide, random):
    wide = {-1: (5, 5, "c1"), **wide}  # a file without any answer to a question is refused
    lines = [
        f"r{key},{who},2026-01-01,{question},{'' if cell is None else cell}"
        for key, (csat, nps, who) in wide.items()
        for question, cell in (("Q1", csat), ("Q2", nps))
    ]
    if random:
        random.shuffle(lines)
    long = "id,cust,at,question,answer\n" + "\n".join(lines) + "\n"
    flat = "id,cust,at,csat,nps\n" + "".join(
        f"r{key},{who},2026-01-01,{'' if a is None else a},{'' if b is None else b}\n"
        for key, (a, b, who) in wide.items()
    )
    yml = LONG.replace(", comment: 7", "")
    plain = "".join(line for line in yml.splitlines(keepends=True) if "long:" not in line)
    found = []
    for text, declared in ((long, yml), (flat, plain)):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "study.yml").write_text(declared)
            (Path(folder) / "f.csv").write_text(text)
            connection, tally = stage(Path(folder))
            assert is_accounted_for(connection, tally)
            table = rows(
                connection, "stg_feedback order by 1", "response_id, customer_id, answered_at, csat, nps"
            )
            lost = sorted((c, v, reason) for _, c, v, reason, _ in rejects(connection))
            found.append((table, lost))
    assert found[0] == found[1]


def test_choices_reach_the_linkage_tables(make_study):
    from linkage.opening import open_study

    text = "response_id,customer_id,answered_at,why\nr1,c1,2026-01-01,Price;Staff\nr2,c1,2026-01-02,Other\n"
    study = open_study(make_study(CHOICES, {"f.csv": text}))
    assert study.table("link_survey", columns=["reason_price", "reason_people"]).values.tolist() == [
        [1, 1],
        [0, 0],
    ]
    assert study.table("link_customer_period", columns=["reason_price"]).values.tolist() == [[0.5]]


def test_notes_say_what_was_done_to_a_metric(make_study):
    study = load_study(make_study(SCALES))
    assert study.columns["survey"]["ease"].note == (
        "Asked on another scale before (1 to 7 until 2024-12-31; 1 to 5 until 2025-03-31): those answers are moved "
        "linearly to 0 to 10."
    )
    assert study.columns["survey"]["nps"].note.endswith(
        "moved linearly and rounded to whole points to 0 to 10."
    )
    merged = load_study(make_study(TICKETS.replace("HOW", "merge")))
    assert merged.columns["interaction"]["reopen_count"].note == "How many further rows the same key had."
    assert merged.columns["interaction"]["mood"].note == "Rows of one key are merged into one."
