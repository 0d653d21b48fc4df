"""Customer files of six trades: the columns that public data sets of these trades have, the values all drawn anew.

Each trade's customers come in a few groups, so that there are segments to find. Lines are as programs of that trade
write them: semicolons and decimal commas from a German shop, a title above the wholesaler's table, blanks in the
telecom's charges.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

Columns = Mapping[str, Iterable[object]]


def cards(rows: int, rng: np.random.Generator) -> str:
    """Credit cards: balances, purchases, how often, limits."""
    group = rng.integers(0, 3, rows)
    level = np.array([200.0, 1500.0, 6000.0])[group] * rng.lognormal(0, 0.4, rows)
    one_off = level * np.array([0.2, 0.7, 0.5])[group] * rng.uniform(0.7, 1.3, rows)
    installments = level * np.array([0.5, 0.1, 0.4])[group] * rng.uniform(0.7, 1.3, rows)
    often = np.clip(np.array([0.3, 0.6, 0.95])[group] + rng.normal(0, 0.1, rows), 0, 1)
    return as_csv(
        {
            "CUST_ID": [f"C{10001 + i}" for i in range(rows)],
            "BALANCE": (level * rng.uniform(0.2, 1.5, rows)).round(2),
            "BALANCE_FREQUENCY": np.clip(rng.normal(0.9, 0.1, rows), 0, 1).round(6),
            "PURCHASES": (one_off + installments).round(2),
            "ONEOFF_PURCHASES": one_off.round(2),
            "INSTALLMENTS_PURCHASES": installments.round(2),
            "CASH_ADVANCE": (rng.lognormal(5, 1.5, rows) * (group == 0)).round(2),
            "PURCHASES_FREQUENCY": often.round(6),
            "CASH_ADVANCE_TRX": rng.poisson(np.array([6, 1, 0.3])[group]),
            "PURCHASES_TRX": rng.poisson(often * 30 + 1),
            "CREDIT_LIMIT": np.array([1500, 4500, 11000])[group] + rng.integers(-6, 7, rows) * 100,
            "MINIMUM_PAYMENTS": [
                f"{v:.2f}" if i % 27 else "" for i, v in enumerate(level * rng.uniform(0.05, 0.3, rows))
            ],
            "PRC_FULL_PAYMENT": np.clip(rng.beta(1, 6, rows), 0, 1).round(6),
            "TENURE": np.where(rng.random(rows) < 0.85, 12, rng.integers(6, 12, rows)),
        }
    )


def wholesale(rows: int, rng: np.random.Generator) -> str:
    """A wholesaler's yearly sales by kind of goods: two codes, six amounts, no id, a title above."""
    group = rng.integers(0, 2, rows)
    means = np.array([[9.4, 7.9, 7.8, 8.0, 6.0, 6.8], [8.6, 9.3, 9.6, 7.2, 8.6, 7.2]])[group]
    goods = np.exp(means + rng.normal(0, 0.5, means.shape)).round().astype(int)
    names = ("Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen")
    table = as_csv(
        {"Channel": group + 1, "Region": rng.integers(1, 4, rows)} | {n: goods[:, i] for i, n in enumerate(names)}
    )
    return f"Wholesale customers, annual spending in monetary units,,,,,,,\n\n{table}"


def telecom(rows: int, rng: np.random.Generator) -> str:
    """A telecom's contracts: yes and no, three numbers, a churn label, blanks for customers of today."""
    group = rng.integers(0, 3, rows)
    tenure = np.clip(rng.normal(np.array([6, 30, 62])[group], 5), 0, 72).round().astype(int)
    monthly = (np.array([85, 25, 95])[group] + rng.normal(0, 6, rows)).round(2)
    yes_no = np.array(["Yes", "No"])
    return as_csv(
        {
            "customerID": [f"{rng.integers(1000, 9999)}-{i:05d}" for i in range(rows)],
            "gender": np.array(["Female", "Male"])[rng.integers(0, 2, rows)],
            "SeniorCitizen": (rng.random(rows) < 0.16).astype(int),
            "Partner": yes_no[rng.integers(0, 2, rows)],
            "tenure": tenure,
            "InternetService": np.array(["Fiber optic", "No", "DSL"])[group],
            "Contract": np.array(["Month-to-month", "One year", "Two year"])[rng.integers(0, 3, rows)],
            "PaymentMethod": np.array(["Electronic check", "Mailed check", "Credit card"])[rng.integers(0, 3, rows)],
            "MonthlyCharges": monthly,
            "TotalCharges": [f"{t * m:.2f}" if t else " " for t, m in zip(tenure, monthly, strict=True)],
            "Churn": yes_no[(rng.random(rows) < np.array([0.5, 0.9, 0.95])[group]).astype(int)],
        }
    )


def bank(rows: int, rng: np.random.Generator) -> str:
    """A bank's telephone campaign: semicolons, quoted texts, a balance that may be below zero."""
    group = rng.integers(0, 3, rows)
    columns: Columns = {
        "age": np.clip(rng.normal(np.array([30, 45, 62])[group], 5), 18, 95).round().astype(int),
        "job": np.array(["admin.", "technician", "retired"])[rng.integers(0, 3, rows)],
        "marital": np.array(["single", "married", "divorced"])[rng.integers(0, 3, rows)],
        "default": np.array(["yes", "no"])[(rng.random(rows) < 0.98).astype(int)],
        "balance": (np.array([-200, 900, 5200])[group] + rng.normal(0, 250, rows)).round().astype(int),
        "housing": np.array(["yes", "no"])[rng.integers(0, 2, rows)],
        "contact": np.array(["cellular", "telephone", "unknown"])[rng.integers(0, 3, rows)],
        "day": rng.integers(1, 32, rows),
        "month": np.array(["may", "jun", "jul", "aug"])[rng.integers(0, 4, rows)],
        "duration": rng.gamma(2, np.array([60, 130, 260])[group]).round().astype(int),
        "campaign": rng.geometric(0.4, rows),
        "pdays": np.where(rng.random(rows) < 0.8, -1, rng.integers(1, 400, rows)),
        "previous": rng.poisson(0.6, rows),
        "y": np.array(["yes", "no"])[(rng.random(rows) < 0.88).astype(int)],
    }
    return as_csv(columns, delimiter=";", texts_quoted=True)


def shop(rows: int, rng: np.random.Generator) -> str:
    """A German shop's recency, frequency and turnover, with names, addresses of mail and phone numbers."""
    group = rng.choice(3, rows, p=[0.6, 0.28, 0.12])
    first, last = ("Anna", "Jörg", "Mehmet", "Zoë", "Lena"), ("Müller", "Schmidt", "Yılmaz", "Weiß", "Koch", "Braun")
    people = [(first[i % 5], last[(i // 5) % 6]) for i in range(rows)]
    spent = np.array([40, 350, 2500])[group] * rng.lognormal(0, 0.35, rows)
    columns: Columns = {
        "Kundennummer": [f"K-{20000 + 7 * i}" for i in range(rows)],
        "Vorname": [name for name, _ in people],
        "Nachname": [name for _, name in people],
        "E-Mail": [
            f"{i}.{last.encode('ascii', 'ignore').decode().lower()}@example.org" for i, (_, last) in enumerate(people)
        ],
        "Telefon": [f"+49 30 {1000000 + 37 * i}" for i in range(rows)],
        "Ort": np.array(["Berlin", "Köln", "Graz"])[rng.integers(0, 3, rows)],
        "Tage seit Kauf": rng.gamma(6, np.array([40, 15, 2])[group]).round().astype(int),
        "Bestellungen": rng.poisson(np.array([1, 5, 22])[group]) + 1,
        "Umsatz (€)": [german(value) for value in spent],
        "Retourenquote": [f"{100 * v:.1f} %".replace(".", ",") for v in rng.beta(2, 10, rows)],
        "Newsletter": np.array(["ja", "nein"])[rng.integers(0, 2, rows)],
    }
    return as_csv(columns, delimiter=";")


def subscription(rows: int, rng: np.random.Generator) -> str:
    """A subscription service's accounts: seats, money a month with its sign, logins, dates, a score."""
    group = rng.integers(0, 3, rows)
    seats = rng.poisson(np.array([3, 25, 140])[group]) + 1
    price = np.array([9, 12, 15])[group]
    return as_csv(
        {
            "account_id": [f"acc_{i:06x}" for i in rng.permutation(rows)],
            "plan": np.array(["Starter", "Team", "Enterprise"])[group],
            "plan_level": group * 10 + 10,
            "seats": seats,
            "mrr_usd": [f"${s * p:,.2f}" for s, p in zip(seats, price, strict=True)],
            "arr_usd": [f"${12 * s * p:,.2f}" for s, p in zip(seats, price, strict=True)],
            "logins_30d": rng.poisson(np.array([8, 14, 60])[group]),
            "feature_adoption_pct": np.clip(rng.normal(np.array([20, 55, 80])[group], 8), 0, 100).round(1),
            "nps": rng.integers(-10, 11, rows) * 10,
            "signup_date": [
                f"20{rng.integers(18, 26)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}" for _ in range(rows)
            ],
            "owner_email": [f"owner{i}@example.com" for i in range(rows)],
            "is_trial": rng.random(rows) < 0.1,
            "segment": np.array(["SMB", "Mid", "Ent"])[group],
            "currency": ["USD"] * rows,
        }
    )


TRADES: Final[Mapping[str, Callable[[int, np.random.Generator], str]]] = {
    "cards": cards,
    "wholesale": wholesale,
    "telecom": telecom,
    "bank": bank,
    "shop": shop,
    "subscription": subscription,
}


def trade_file(trade: str, folder: Path, rows: int = 400) -> Path:
    """Write a trade's file; the same every time."""
    path = folder / f"{trade}.csv"
    path.write_text(TRADES[trade](rows, np.random.default_rng(7)), encoding="utf-8")
    return path


def as_csv(columns: Columns, *, delimiter: str = ",", texts_quoted: bool = False) -> str:
    """Write columns as a CSV."""
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC if texts_quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def german(value: float) -> str:
    """Write an amount as Germans do: 1.234,50 €."""
    return f"{value:,.2f} €".translate(str.maketrans(",.", ".,"))
