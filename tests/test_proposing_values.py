"""Names, numbers, dates, periods and scales as people write them."""

import duckdb
import pytest

from linkage.periods import parse_period
from linkage.proposing.columns import Look
from linkage.proposing.dates import date_form
from linkage.proposing.files import detect_encoding
from linkage.proposing.headers import find_header
from linkage.proposing.meaning import key_of, measure_of, roles_of_file, times_of
from linkage.proposing.names import free_name, identifier, label_of, scale_in
from linkage.proposing.numbers import number_signs
from linkage.proposing.scales import guess_scale
from linkage.sources.spellings import rewritten_sql, spelling_of, spelling_of_all


@pytest.fixture(scope="module")
def ask():
    connection = duckdb.connect()
    return lambda sql: connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("header", "entity"),
    [
        *((h, "customer") for h in ("cust_no", "CustomerID", "Kundennr", "Kunden-Nr.", "KdNr", "id_cliente")),
        *(
            (h, "customer")
            for h in ("Numéro de client", "n° client", "codice cliente", "klantnummer", "Código do cliente")
        ),
        *(
            (h, "interaction")
            for h in ("ticket_id", "Vorgangsnummer", "Call ID", "Vorgangs-ID", "número de chamado")
        ),
        *(
            (h, "transaction")
            for h in ("Auftragsnr", "order_number", "Rechnungs-Nr", "numéro de facture", "bestelnummer")[:4]
        ),
        *(
            (h, "unit")
            for h in (
                "Filialnr",
                "store code",
                "Branch",
                "sucursal",
                "point de vente",
                "vestiging",
                "Standort",
            )
        ),
        *(
            (h, "employee")
            for h in ("Mitarbeiter-ID", "agent id", "Personalnummer", "matricule employé", "medewerkernr")
        ),
        ("response_id", "response"),
        ("id", ""),
    ],
)
def test_keys_are_known_in_seven_languages(header, entity):
    assert key_of(header)[0] == entity


@pytest.mark.parametrize("header", ["comment", "amount", "Bewertung", "date", "Umsatz", "q1", "segment"])
def test_what_is_no_key_is_not_taken_for_one(header):
    assert key_of(header) is None


@pytest.mark.parametrize(
    ("header", "name", "better"),
    [
        ("Weiterempfehlung (0-10)", "nps", "higher"),
        ("nps_score", "nps", "higher"),
        ("How likely are you to recommend us to a friend?", "nps", "higher"),
        ("Kundenzufriedenheit", "satisfaction", "higher"),
        ("satisfacción general", "satisfaction", "higher"),
        ("Bearbeitungszeit_Min", "handle", "lower"),
        ("tempo de espera", "wait", "lower"),
        ("Beschwerden", "complaints", "lower"),
        ("Umsatz", "revenue", "higher"),
        ("chiffre d'affaires", "revenue", "higher"),
        ("Deckungsbeitrag", "margin", "higher"),
        ("Mitarbeiterzufriedenheit", "engagement", "higher"),
        ("réclamations", "complaints", "lower"),
        ("omzet", "revenue", "higher"),
    ],
)
def test_measures_and_their_good_end_are_known(header, name, better):
    measure = measure_of(header)
    assert (measure.name, measure.better) == (name, better)


def test_a_word_in_a_question_is_not_what_it_measures():
    assert measure_of("Was our staff there and did the wait annoy you") is None


def test_times_and_files_say_what_they_are():
    assert "purchased_at" in times_of("Rechnungsdatum")
    assert "answered_at" in times_of("response date")
    assert "ended_at" in times_of("Erledigt am")
    assert max(roles_of_file("Kundenliste_2025"), key=roles_of_file("Kundenliste_2025").get) == "customers"
    assert "employee_feedback" in roles_of_file("Mitarbeiterbefragung")


def test_names_become_usable_and_stay_apart():
    assert identifier("Größe (cm)") == "groesse"
    assert identifier("2nd visit", otherwise="metric") == "metric_2nd_visit"
    assert identifier("Order") == "order_value"  # a word of SQL
    assert identifier("???") == "field"
    assert len(identifier("How satisfied are you with the way we handled your request today")) <= 36
    assert label_of("handle_time_min") == "Handle time"
    assert label_of("nps") == "NPS"
    assert free_name("rating", {"rating"}, other="calls") == "rating_calls"
    assert free_name("rating", {"rating", "rating_2"}) == "rating_3"


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2025-Q3", "2025Q3"),
        ("Q3 2025", "2025Q3"),
        ("3. Quartal 2025", "2025Q3"),
        ("T3 2025", "2025Q3"),
        ("2º trimestre de 2025", "2025Q2"),
        ("2025/07", "2025M07"),
        ("7/2025", "2025M07"),
        ("202507", "2025M07"),
        ("Juli 2025", "2025M07"),
        ("août 2025", "2025M08"),
        ("Mär 2025", "2025M03"),
        ("dic-24", "2024M12"),
        ("H1 2025", "2025H1"),
        ("2. Halbjahr 2024", "2024H2"),
        ("FY2025", "2025"),
        ("2025Q3", "2025Q3"),
    ],
)
def test_periods_are_rewritten_into_the_ones_the_suite_knows(ask, text, period):
    spelling = spelling_of(text)
    made = ask(f"select {rewritten_sql(spelling, repr(text))}")[0][0]
    assert made == period
    assert parse_period(made).kind == spelling.kind


def test_what_is_no_period_stays_what_it_was(ask):
    assert spelling_of("Q5 2025") is None
    assert spelling_of("2025-07-01") is None
    assert spelling_of_all(["Q1 2025", "total", "Q2 2025"]) is None
    assert ask(f"select {rewritten_sql(spelling_of('Q1 2025'), repr('gesamt'))}")[0][0] == "GESAMT"


@pytest.mark.parametrize(
    ("columns", "decimal", "thousands"),
    [
        ([["1.234,50", "12,00"]], ",", "."),
        ([["1,234.50", "12.00"]], ".", ","),
        ([["12,5", "3,25"]], ",", None),
        ([["12.5", "3"]], ".", None),
        ([["1 234,5", "12,0"]], ",", " "),
        ([["1'234.50", "9.10"]], ".", "'"),
        ([["1.234,50 €", "12,00 €"]], ",", "."),
        ([["1.234", "5.678"], ["3,5", "4,25"]], ",", "."),
        ([["north", "south"]], ".", None),
        ([["01.02.2025", "13.02.2025"]], ".", None),
    ],
)
def test_number_signs_are_read_from_all_columns_together(columns, decimal, thousands):
    signs = number_signs(columns, continental=False)
    assert (signs.decimal, signs.thousands) == (decimal, thousands)


def test_thousands_that_could_be_decimals_are_a_doubt():
    values = [["1.234", "5.678", "12.345"]]
    here, there = number_signs(values, continental=False), number_signs(values, continental=True)
    assert not here.sure
    assert not there.sure
    assert (here.number("1.234"), there.number("1.234")) == (1.234, 1234)


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["31.12.2024", "01.02.2024"], ("%d.%m.%Y",)),
        (["12/31/2024", "02/01/2024"], ("%m/%d/%Y",)),
        (["31/12/2024", "02/01/2024"], ("%d/%m/%Y",)),
        (["2024-12-31", "2024-01-02T10:00:00Z"], ()),
        (["31.12.24 14:05", "01.02.24 09:00"], ("%d.%m.%y %H:%M",)),
        (["12/31/2024 2:05 PM", "02/01/2024 11:00 AM"], ("%m/%d/%Y %I:%M %p",)),
        (["5 Mar 2024", "17 Nov 2023"], ("%d %b %Y",)),
        (["20241231", "20240102"], ("%Y%m%d",)),
        (["01/01/2024", "01/02/2024", "01/03/2024"], ("%d/%m/%Y",)),  # the first of three months
        (["01/01/2024", "02/01/2024", "03/01/2024"], ("%m/%d/%Y",)),
    ],
)
def test_date_formats_follow_from_the_values(ask, values, formats):
    form = date_form(values, ask)
    assert form.formats == formats
    assert form.swapped is None


def test_dates_that_both_orders_read_say_so(ask):
    values = ["05/06/2024", "07/08/2024", "11/02/2024"]
    assert date_form(values, ask).swapped == "%m/%d/%Y"
    assert date_form(values, ask, day_first=False).formats == ("%m/%d/%Y",)


@pytest.mark.parametrize(
    "values", [["1.5", "2.25"], ["A-1", "B-2"], ["12345678", "99999999"], ["10.0.0.1", "10.0.0.2"]]
)
def test_what_is_no_date_is_not_taken_for_one(ask, values):
    assert date_form(values, ask) is None


def look(name, numbers, kind="whole"):
    counted = tuple((float(x), n) for x, n in numbers)
    return Look(
        name,
        kind,
        sum(n for _, n in counted),
        len(counted),
        tuple((str(x), n) for x, n in counted),
        numbers=counted,
    )


@pytest.mark.parametrize(
    ("name", "numbers", "ends"),
    [
        ("nps", [(3, 5), (9, 8), (10, 2)], (0, 10)),
        ("csat", [(2, 5), (3, 9), (5, 2)], (1, 5)),
        ("effort", [(1, 5), (4, 9), (7, 2)], (1, 7)),
        ("rating", [(1, 5), (8, 9), (10, 2)], (1, 10)),
        ("rating", [(0, 5), (8, 9), (10, 2)], (0, 10)),
        ("Zufriedenheit (1-5)", [(2, 5), (3, 9)], (1, 5)),
        ("csat", [(1, 50), (5, 90), (99, 30)], (1, 5)),
        ("csat", [(1, 50), (5, 90), (-1, 30)], (1, 5)),
        ("nps", [(-20, 5), (35, 9)], (-100, 100)),
        ("satisfaction index", [(40, 5), (95, 9), (99, 2)], (0, 100)),
    ],
)
def test_scales_follow_from_names_and_values(name, numbers, ends):
    scale = guess_scale(look(name, numbers), measure_of(name))
    assert (scale.low, scale.high) == ends


def test_codes_are_kept_apart_from_answers():
    scale = guess_scale(look("csat", [(1, 50), (5, 90), (99, 30)]), measure_of("csat"))
    assert scale.codes == ((99.0, 30),)
    assert scale_in("Wie zufrieden? (1 bis 7)") == (1, 7)
    assert scale_in("revenue 2024-2025") is None


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name;größe\nä;1\n".encode(), "utf-8"),
        ("\ufeffname;größe\nä;1\n".encode(), "utf-8"),
        ("name;größe\nä;1\n".encode("latin-1"), "latin-1"),
        ("name;preis\n\u201eä\u201c;1 €\n".encode("cp1252"), "cp1252"),
        ("name;größe\nä;1\n".encode("utf-16"), "utf-16"),
        ("name;grade\nanna;1\n".encode("utf-16-le"), "utf-16-le"),
        (bytes(range(256)) * 20, None),
    ],
)
def test_encodings_are_told_apart(tmp_path, content, encoding):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert detect_encoding(path) == encoding


def test_a_header_is_found_below_its_titles():
    rows = [
        ["Report"],
        [],
        ["", ""],
        ["id", "date", "amount"],
        ["1", "2024-01-02", "3.5"],
        ["2", "2024-01-03", "4.5"],
    ]
    head = find_header(rows)
    assert (head.above, head.names, head.rows) == (3, ("id", "date", "amount"), 1)
    assert find_header([["Branch", "Q1 2025", "Q2 2025"], ["A", "1", "2"], ["B", "3", "4"]]).above == 0
    assert "no rows" in find_header([["id", "date"]])
    assert "data, not a header" in find_header([["1", "2024-01-02"], ["2", "2024-01-03"]])
