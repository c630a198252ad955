"""Fictional companies as the tools they use export them: survey tools, help desks, billing, shops, and lists.

Each is small, drawn with a seed, and carries one planted link, named in its docstring.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from hostile_companies import german_number, write_text

SATISFIED = (
    "Very dissatisfied",
    "Dissatisfied",
    "Neither satisfied nor dissatisfied",
    "Satisfied",
    "Very satisfied",
)


def software_firm(folder: Path, seed: int = 21) -> None:
    """Tickets, a survey tool's answers under a header of two lines, and invoices, which share addresses only.

    Planted: satisfaction falls with the time to the first reply. One ticket in fifteen is open. Answers are words,
    and 0 and 10 have some beside them.
    """
    rng = np.random.default_rng(seed)
    people = [f"user{k}@firm{k % 9}.example" for k in range(150)]
    customers = [["id", "Email", "Created (UTC)", "Plan"]]
    for k, address in enumerate(people):
        created = f"{datetime(2021, 1, 1) + timedelta(hours=int(rng.integers(0, 20000))):%Y-%m-%d %H:%M}"
        customers.append([f"cus_{k * 7919 % 10007:05d}x", address, created, rng.choice(["Starter", "Pro"])])
    tickets = [
        [
            "Id",
            "Requester id",
            "Requester email",
            "Assignee",
            "Via",
            "Created at",
            "Solved at",
            "First reply time in minutes",
            "Priority",
            "Status",
            "Subject",
        ]
    ]
    question = "How likely is it that you would recommend us to a friend or colleague?"
    answers = [
        [
            "Respondent ID",
            "Collector ID",
            "Start Date",
            "End Date",
            "IP Address",
            "Email Address",
            "Custom Data 1",
            question,
            "Overall, how satisfied are you with our support?",
            "What matters?",
            "",
            "Any other comments?",
        ],
        ["", "", "", "", "", "", "", "", "Response", "Price", "Speed", "Open-Ended Response"],
    ]
    invoices = [["id", "Customer ID", "Customer Email", "Amount Paid", "Currency", "Paid At (UTC)", "Status"]]
    for number in range(600):
        k = int(rng.integers(0, len(people)))
        created = datetime(2024, 1, 3) + timedelta(hours=float(rng.uniform(0, 600 * 24)))
        reply = float(rng.gamma(2, 120))
        solved = created + timedelta(minutes=reply + float(rng.gamma(2, 600)))
        score = int(np.clip(round(5 - reply / 150 + rng.normal(0, 0.7)), 1, 5))
        recommend = int(np.clip(round(2 * score + rng.normal(0, 1)), 0, 10))
        tickets.append(
            [
                10000 + number,
                361000000 + 7 * k,
                people[k],
                f"Agent {rng.integers(1, 9)}",
                rng.choice(["Mail", "Web"]),
                f"{created:%Y-%m-%d %H:%M}",
                f"{solved:%Y-%m-%d %H:%M}" if number % 15 else "",
                int(reply),
                rng.choice(["Low", "High"]),
                "Closed",
                f"Subject {number}",
            ]
        )
        if number % 15 and rng.random() < 0.6:
            at = solved + timedelta(hours=3)
            said = {0: "0 - Not at all likely", 10: "10 - Extremely likely"}.get(recommend, recommend)
            times = [f"{t:%m/%d/%Y %I:%M:%S %p}" for t in (at, at + timedelta(minutes=4))]
            chosen = [w if rng.random() < 0.4 else "" for w in ("Price", "Speed")]
            answers.append(
                [
                    118000000 + number,
                    4711,
                    *times,
                    "1.2.3.4",
                    people[k],
                    10000 + number,
                    said,
                    SATISFIED[score - 1],
                    *chosen,
                    "thank you" if rng.random() < 0.2 else "",
                ]
            )
        paid = f"{solved + timedelta(days=20):%Y-%m-%d %H:%M}"
        invoices.append(
            [f"in_{number}a", customers[k + 1][0], people[k], f"{40 + 5 * score:.2f}", "usd", paid, "paid"]
        )
    write_text(folder / "customers.csv", customers)
    write_text(folder / "tickets.csv", tickets)
    write_text(folder / "Survey Export.csv", answers, encoding="utf-8-sig")
    write_text(folder / "invoices.csv", invoices)
    write_text(folder / "invoices (1).csv", invoices)
    (folder / "README.txt").write_text("Exported on request, by the ops team.\nTickets: all groups.\n")
    (folder / "notes.pdf").write_bytes(b"%PDF-1.4 nothing")


def subscription_list(folder: Path, seed: int = 22) -> None:
    """One list of customers, in the form of a much used churn file with a satisfaction score; no date in it.

    Planted: the dissatisfied leave. Totals are blank where nobody has paid yet.
    """
    rng = np.random.default_rng(seed)
    rows = [
        ["customerID", "gender", "tenure", "OnlineSecurity", "Contract", "MonthlyCharges", "TotalCharges"]
    ]
    rows[0] += ["Churn", "Satisfaction Score"]
    for k in range(400):
        months, monthly, score = (
            int(rng.integers(0, 73)),
            float(rng.uniform(18, 118)),
            int(rng.integers(1, 6)),
        )
        left = rng.random() < 0.75 - 0.15 * score
        security = rng.choice(["Yes", "No", "No internet service"])
        rows.append(
            [
                f"{7000 + k}-QXZ",
                rng.choice(["Male", "Female"]),
                months,
                security,
                rng.choice(["Month-to-month", "Two year"]),
                f"{monthly:.2f}",
                f"{monthly * months:.2f}" if months else " ",
                "Yes" if left else "No",
                score,
            ]
        )
    write_text(folder / "churn.csv", rows)


def gift_shop(folder: Path, seed: int = 23) -> None:
    """Lines of invoices as an online shop exports them: quantity and unit price, cancellations that begin with C."""
    rng = np.random.default_rng(seed)
    buyers = [str(k) for k in rng.choice(np.arange(12346, 18287), 60, replace=False)]
    country = {b: rng.choice(["United Kingdom", "United Kingdom", "France"]) for b in buyers}
    lines = [
        [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ]
    ]
    for number in range(300):
        buyer, cancelled = rng.choice(buyers), rng.random() < 0.06
        at = datetime(2010, 12, 1, 8, 26) + timedelta(minutes=int(rng.integers(0, 370 * 24 * 60)))
        written = f"{at.month}/{at.day}/{at.year} {at.hour}:{at.minute:02d}"
        for _ in range(int(rng.integers(1, 5))):
            pieces = int(rng.integers(1, 24)) * (-1 if cancelled else 1)
            lines.append(
                [
                    f"{'C' if cancelled else ''}{536365 + number}",
                    rng.choice(["85123A", "71053"]),
                    "HEART, WHITE",
                    pieces,
                    written,
                    f"{rng.gamma(2, 1.5):.2f}",
                    "" if number % 25 == 0 else buyer,
                    country[buyer],
                ]
            )
    write_text(folder / "Online Retail.csv", lines, encoding="latin-1")


def accounts_and_people(folder: Path, seed: int = 24) -> None:
    """Spanish: people answer, one item a row and several choices a cell; their accounts pay; times carry a zone.

    Planted: satisfaction falls with the time a ticket is open; the satisfied pay more.
    """
    rng = np.random.default_rng(seed)
    accounts = [f"CTA{k}" for k in rng.choice(np.arange(1000, 9999), 110, replace=False)]
    people = {f"P-{k:04d}": accounts[k % len(accounts)] for k in range(1, 250)}
    contacts = [["id_contacto", "id_cuenta", "nombre", "idioma"]]
    contacts += [[p, a, "María", rng.choice(["es", "en"])] for p, a in people.items()]
    register = [["id_cuenta", "sector", "país", "fecha_alta"]]
    for account in accounts:
        joined = datetime(2018, 1, 1) + timedelta(days=int(rng.integers(0, 1500)))
        seconds = int((joined - datetime(1970, 1, 1)).total_seconds())
        register.append([account, rng.choice(["Banca", "Salud"]), rng.choice(["ES", "MX"]), seconds])
    answers = [["id_respuesta", "id_contacto", "fecha_respuesta", "pregunta", "respuesta"]]
    tickets = [["id_ticket", "id_contacto", "abierto", "cerrado", "agente", "canal", "resuelto", "motivo"]]
    bills = [["factura", "id_cuenta", "fecha_factura", "importe"]]
    words = ["Muy insatisfecho", "Insatisfecho", "Neutral", "Satisfecho", "Muy satisfecho"]
    for number in range(600):
        who = rng.choice(list(people))
        opened, hours = (
            datetime(2024, 1, 8) + timedelta(hours=float(rng.uniform(0, 690 * 24))),
            float(rng.gamma(2, 20)),
        )
        closed = opened + timedelta(hours=hours)
        score = int(np.clip(round(5.1 - hours / 30 + rng.normal(0, 0.6)), 1, 5))
        tickets.append(
            [
                number + 1,
                who,
                f"{opened:%Y-%m-%dT%H:%M:%S}+01:00",
                f"{closed:%Y-%m-%dT%H:%M:%S}+01:00",
                f"ag{rng.integers(0, 9)}",
                rng.choice(["tel", "web"]),
                rng.choice(["sí", "no"]),
                f"motivo {rng.integers(0, 200)}",
            ]
        )
        if rng.random() < 0.7:
            at = f"{closed + timedelta(hours=30):%Y-%m-%dT%H:%M:%S}+01:00"
            recommend = int(np.clip(round(2 * score + rng.normal(0, 1)), 0, 10))
            chosen = "|".join(sorted(set(rng.choice(["Precio", "Rapidez", "Trato"], 2))))
            items = [("¿Qué probabilidad hay de que nos recomiende?", recommend)]
            items += [("Satisfacción general", words[score - 1]), ("Motivos", chosen)]
            answers += [[f"r{number}", who, at, item, value] for item, value in items]
        for k in range(2):
            day = closed + timedelta(days=10 + 45 * k)
            amount = german_number(300 * score + float(rng.normal(0, 90)) + 300)
            bills.append([f"F{len(bills)}", people[who], f"{day:%d/%m/%Y}", amount])
    for name, rows in (
        ("contactos", contacts),
        ("cuentas", register),
        ("encuesta", answers),
        ("tickets", tickets),
    ):
        write_text(folder / f"{name}.csv", rows, delimiter=";")
    write_text(folder / "facturas.csv", bills, delimiter=";")


def marketplace(folder: Path, seed: int = 25) -> None:
    """Orders, their items, payments and reviews in files of their own; a customer number is new with each order.

    Planted: reviews fall with the days an order is late.
    """
    rng = np.random.default_rng(seed)
    customers = [["customer_id", "customer_unique_id", "customer_state"]]
    stamps = (
        "purchase_timestamp",
        "delivered_carrier_date",
        "delivered_customer_date",
        "estimated_delivery_date",
    )
    orders = [["order_id", "customer_id", "order_status", *(f"order_{stamp}" for stamp in stamps)]]
    items = [["order_id", "order_item_id", "product_id", "price", "freight_value"]]
    payments = [["order_id", "payment_sequential", "payment_type", "payment_value"]]
    reviews = [["review_id", "order_id", "review_score", "review_comment_message", "review_answer_timestamp"]]
    for number in range(500):
        order, customer = f"o{number * 7919 % 100003:05d}", f"c{number * 6007 % 100003:05d}"
        customers.append([customer, f"u{int(rng.integers(0, 420)):03d}", rng.choice(["SP", "RJ", "MG"])])
        bought = datetime(2017, 1, 5) + timedelta(hours=float(rng.uniform(0, 500 * 24)))
        late = max(-15.0, float(rng.normal(-4, 6)))
        promised = bought + timedelta(days=20)
        came = promised + timedelta(days=late) if number % 20 else None
        times = [bought, bought + timedelta(days=2), came]
        written = [f"{t:%Y-%m-%d %H:%M:%S}" if t else "" for t in times]
        status = "delivered" if came else "canceled"
        orders.append([order, customer, status, *written, f"{promised:%Y-%m-%d} 00:00:00"])
        total = 0.0
        for k in range(int(rng.integers(1, 3))):
            price = round(float(rng.gamma(2, 40)), 2)
            total += price + 10
            items.append([order, k + 1, f"p{rng.integers(0, 50)}", price, "10.00"])
        payments.append([order, 1, rng.choice(["card", "boleto"]), f"{total:.2f}"])
        if came:
            score = int(np.clip(round(4.6 - 0.35 * max(late, 0) + rng.normal(0, 0.6)), 1, 5))
            answered = came + timedelta(days=2)
            reviews.append([f"r{number}", order, score, "chegou", f"{answered:%Y-%m-%d %H:%M:%S}"])
    for name, rows in (("customers", customers), ("orders", orders), ("order_items", items)):
        write_text(folder / f"shop_{name}_dataset.csv", rows)
    write_text(folder / "shop_order_payments_dataset.csv", payments)
    write_text(folder / "shop_order_reviews_dataset.csv", reviews)


def moving_staff(folder: Path, seed: int = 26) -> None:
    """Employees who change stores, their own survey in words, and stores by month in another spelling, with a total."""
    rng = np.random.default_rng(seed)
    staff, stores = [f"E{k:03d}" for k in range(40)], [f"Store {k}" for k in range(8)]
    employees = [["Employee ID", "Job title", "Store", "Hire date"]]
    moves = [["Employee ID", "Store", "Valid from", "Valid to"]]
    words = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
    survey = [["Employee ID", "Survey date", "I am proud to work here", "Overall engagement"]]
    for k, who in enumerate(staff):
        hired = date(2018, 1, 1) + timedelta(days=int(rng.integers(0, 1500)))
        employees.append([who, rng.choice(["Clerk", "Lead"]), stores[k % 8], f"{hired:%Y-%m-%d}"])
        moves += [
            [who, stores[k % 8], "2018-01-01", "2023-12-31"],
            [who, stores[(k + 3) % 8], "2024-01-01", ""],
        ]
        survey += [
            [who, f"{y}-01-15", *(words[int(rng.integers(0, 5))] for _ in range(2))] for y in (2023, 2024)
        ]
    months = [["Store", "Month", "Net sales", "Churn rate"]]
    for year in (2023, 2024):
        for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun"), start=1):
            for store in stores:
                sales = f"€ {german_number(90000 + 100 * number + float(rng.normal(0, 900)))}"
                months.append(
                    [store, f"{name} {year}", sales, f"{german_number(2 + float(rng.random()), 1)} %"]
                )
    months.append(["Total", "", "€ 8.640.000,00", ""])
    write_text(folder / "employees.csv", employees)
    write_text(folder / "store_assignments.csv", moves)
    write_text(folder / "engagement_survey.csv", survey)
    write_text(folder / "stores by month.csv", months, delimiter=";")
