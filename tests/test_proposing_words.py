"""Answers in words, headers of several lines, choices and names: what a column is taken for, and what it is not."""

import pytest

from linkage.proposing.columns import Look
from linkage.proposing.headers import find_header
from linkage.proposing.meaning import is_total, key_of, measure_of, of_a_survey_tool, times_of
from linkage.proposing.names import identifier, label_of
from linkage.proposing.wordings import in_words
from linkage.proposing.wordscales import settled_words, worded_scale


@pytest.mark.parametrize(
    ("values", "numbers", "ends"),
    [
        (["Very satisfied", "Somewhat satisfied", "Somewhat dissatisfied"], [5, 4, 2], (1, 5)),
        (
            ["Not at all satisfied", "Slightly satisfied", "Very satisfied", "Extremely satisfied"],
            [1, 2, 4, 5],
            (1, 5),
        ),
        (["Strongly agree", "Agree", "Somewhat agree", "Disagree"], [7, 6, 5, 2], (1, 7)),
        (["stimme voll zu", "teils/teils", "stimme gar nicht zu"], [5, 3, 1], (1, 5)),
        (["Sehr zufrieden", "eher unzufrieden", "zufrieden"], [5, 2, 4], (1, 5)),
        (["Muy satisfecho", "Neutral", "Insatisfecho"], [5, 3, 2], (1, 5)),
        (["Tout à fait d'accord", "Plutôt d\u2019accord", "Pas d'accord du tout"], [5, 4, 1], (1, 5)),
        (["Muito insatisfeito", "Satisfeito", "Neutro"], [1, 4, 3], (1, 5)),
        (["Molto soddisfatto", "Poco soddisfatto", "Soddisfatto"], [5, 2, 4], (1, 5)),
        (["Zeer tevreden", "Ontevreden", "Neutraal"], [5, 2, 3], (1, 5)),
        (["Never", "Always", "Sometimes"], [1, 5, 3], (1, 5)),
        (["Good", "Bad", "Offered"], [1, 0], (0, 1)),
        (["neutral or dissatisfied", "satisfied"], [0, 1], (0, 1)),
        (["0 - Not at all likely", "10 - Extremely likely", "5"], [0, 10], (0, 10)),
        (["Very satisfied (5)", "Satisfied (4)", "Very dissatisfied (1)"], [5, 4, 1], (1, 5)),
        (
            [
                "\u2605\u2605\u2605\u2605\u2605",
                "\u2605\u2605\u2606\u2606\u2606",
                "\u2605\u2606\u2606\u2606\u2606",
            ],
            [5, 2, 1],
            (1, 5),
        ),
        (["4/5", "5/5", "1/5"], [4, 5, 1], (1, 5)),
        (["5 Sterne", "1 Stern", "3 Sterne"], [5, 1, 3], (1, 5)),
    ],
)
def test_words_stand_for_their_place_on_the_scale(values, numbers, ends):
    scale = worded_scale(values)
    said = [v for v in values if v in dict(scale.words)]
    assert [dict(scale.words)[v] for v in said] == numbers
    assert (scale.low, scale.high) == ends


@pytest.mark.parametrize(
    "values",
    [
        ["Male", "Female"],
        ["Tier 1", "Tier 2", "Billing"],
        ["A-1", "B-2", "C-3"],
        ["Low", "Medium", "High"],
        ["Very satisfied", "purple", "Satisfied"],
        ["1", "2", "3"],
        ["Satisfied", "Very satisfied"],  # two words could be the ends of any scale
        ["Agree", "agree ", "Disagree"],  # one level twice
    ],
)
def test_what_is_no_scale_is_not_taken_for_one(values):
    assert worded_scale(values) is None


def test_words_for_settled_and_open_are_told_apart_from_a_state_of_work():
    assert settled_words(["gelöst", "offen"]) == {"gelöst": 1, "offen": 0}
    assert settled_words(["Solved", "Pending", "Closed"]) == {"Solved": 1, "Pending": 0, "Closed": 1}
    assert settled_words(["Solved", "Closed"]) is None
    assert settled_words(["Solved", "Escalated"]) is None


def words(name, counted):
    filled = sum(n for _, n in counted)
    length = sum(len(v) * n for v, n in counted) / filled
    return in_words(Look(name, "text", filled, len(counted), tuple(counted), length=length))


def test_several_choices_in_a_cell_are_seen_by_their_sign():
    look = words("Reasons", [("Price; Speed", 40), ("Price", 30), ("Speed; Care", 20), ("Care", 15)])
    assert (look.kind, look.apart) == ("choices", ";")
    assert dict(look.choices) == {"Price": 70, "Speed": 60, "Care": 35}
    assert words("Name", [("Smith, John", 2), ("Doe, Jane", 1), ("Roe, Ann", 1)]).kind == "text"
    sentences = [(f"it was good, number {k}, and so on", 1) for k in range(80)]
    assert words("Remark", sentences).kind == "text"


def test_a_status_is_a_flag_only_where_its_words_are_known():
    assert words("Status", [("open", 10), ("solved", 30)]).words == (("open", 0.0), ("solved", 1.0))
    assert words("Status", [("open", 10), ("frozen", 30)]).kind == "text"
    assert words("Colour", [("open", 10), ("solved", 30)]).kind == "text"


TOOL = [
    ["StartDate", "Progress", "Q1", "Q2", "Q3"],
    ["Start Date", "Progress", "How likely are you to recommend us?", "How satisfied are you?", "Why?"],
    [
        '{"ImportId":"startDate"}',
        '{"ImportId":"progress"}',
        '{"ImportId":"QID1"}',
        '{"ImportId":"QID2"}',
        '{"ImportId":"QID3"}',
    ],
    *[[f"2025-03-0{k}", "100", "9", "4", "fine"] for k in range(1, 8)],
]


def test_a_header_of_three_lines_calls_numbered_columns_by_their_questions():
    head = find_header(TOOL)
    assert (head.above, head.rows) == (0, 3)
    assert head.raw == ("StartDate", "Progress", "Q1", "Q2", "Q3")
    assert head.names[2:] == ("How likely are you to recommend us?", "How satisfied are you?", "Why?")
    assert find_header([TOOL[0], TOOL[1], *TOOL[3:]]).rows == 2


@pytest.mark.parametrize(
    "row", [["K1", "2025-01-01", "n/a", "n/a"], ["K2", "", "", ""], ["North", "2025-01-02", "5", "x"]]
)
def test_a_first_row_of_data_is_no_second_line_of_the_header(row):
    below = [[f"K{k}", f"2025-01-0{k}", str(k), str(2 * k)] for k in range(1, 8)]
    assert find_header([["key", "date", "a", "b"], row, *below]).rows == 1


def test_names_of_help_desks_and_survey_tools_are_known():
    assert key_of("Requester id")[0] == "customer"
    assert key_of("Issue key")[0] == "interaction"
    assert key_of("Custom field (Account Number)")[0] == "customer"
    assert measure_of("Full resolution time in minutes").name == "resolution"
    assert measure_of("How easy was it to get help?").name == "ease"
    assert "first_response_at" in times_of("Erstantwort")
    assert "promised_at" in times_of("order_estimated_delivery_date")
    own = ["StartDate", "Progress", "Finished", "Duration (in seconds)", "Q1"]
    assert of_a_survey_tool(own) == set(own[:-1])
    assert of_a_survey_tool(["Start date", "End date", "Duration", "Status"]) == set()  # calls have these too


def test_labels_and_names_are_readable_whatever_the_case():
    assert label_of("GESAMTZUFRIEDENHEIT") == "Gesamtzufriedenheit"
    assert label_of("MonthlyCharges") == "Monthly charges"
    assert label_of("Custom field (Time to first response)") == "Time to first response"
    assert label_of("NPS") == "NPS"
    assert identifier("GENUTZTE KANÄLE") == "genutzte_kanaele"


def test_totals_are_known_in_several_languages():
    assert all(map(is_total, ["Total", "SUMME", "Gesamtsumme", "Total général", "insgesamt"]))
    assert not any(map(is_total, ["Totalgas", "Summer", "K1", ""]))
