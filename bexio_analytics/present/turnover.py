"""Turnover by ledger reconciled with Ziffer 200 (Art. 128 para. 2 MWSTV): letter by letter, with its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from bexio_analytics.present import bridges, formats
from bexio_analytics.present.markup import Html, join, tag
from bexio_analytics.present.tables import Column, Kind, Row
from bexio_analytics.vat.statement import LETTERS

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.periods import VatPeriod
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.vat import TurnoverBridge, TurnoverStatement

EXPLAINED_NAMES = {
    "declared": "in Ziffer 200",
    "declared_235": "in Ziffer 235",
    "waiting": "not yet paid",
    "collected": "paid now",
    "collected_235": "paid now, in Ziffer 235",
    "no_consideration": "no consideration",
    "accrual": "accrual",
    "transfer": "transfer",
    "exchange": "exchange difference",
    "no_box": "code without Ziffer",
    "nothing": "not declared",
}
"""What becomes of a row of turnover, by the words of the view ``turnover_item``."""
LETTER_NAMES = {**LETTERS, "h": "Discounts, rebates and other reductions"}
"""Of letters a to j; losses stand under i, so that h cannot have the name of Ziffer 235, which holds them too."""
STEP_NAMES = {
    "not_turnover": "No turnover: accruals, transfers, exchange differences",
    "no_consideration": "No consideration (Ziffern 900 and 910)",
    "reductions": "Declared in Ziffer 235 instead of lowering 200",
    "waiting": "Becoming unpaid under collected consideration",
    "undeclared": "Declared by no tax code",
}
_STEP_OF = {
    "accrual": "not_turnover",
    "transfer": "not_turnover",
    "exchange": "not_turnover",
    "no_consideration": "no_consideration",
    "declared_235": "reductions",
    "collected_235": "reductions",
    "waiting": "waiting",
    "collected": "waiting",
}
ROWS_IN_FULL = 150
"""Up to so many rows of turnover in a period every one is shown behind its letter; beyond, the largest of each."""
ROWS_PER_LINE = 10
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class ItemsBehind:
    """The largest rows of turnover behind each line of the statement.

    Attributes:
        frame: rows of ``turnover_item`` with ``line`` (letter or step), ``lines`` (rows of that line in all) and place.
        limit: rows shown for a line.
    """

    frame: pl.DataFrame
    limit: int

    def of(self, line: str) -> pl.DataFrame:
        """Rows of one line, largest first."""
        return self.frame.filter(pl.col("line") == line)


def turnover_items(books: Books, period: VatPeriod) -> ItemsBehind:
    """The rows behind a turnover statement. A row stands behind its letter, and behind what takes it off.

    Rows that no code declares are ``causes`` of the statement.
    """
    steps = ", ".join(f"('{explained}', '{step}')" for explained, step in _STEP_OF.items())
    frame = books.sql(
        f"""
        with item as (from turnover_item where booked_on between $start and $end),
        step(explained, line) as (values {steps}),
        placed as (
            select *, letter as line from item where explained not like 'collected%'
            union all by name
            select item.*, step.line from item join step using (explained)
        )
        select *, count(*) over (partition by line) as lines,
               row_number() over (partition by line order by abs(amount) desc, turnover_item_id) as place
        from   placed
        qualify place <= $limit
        order  by line, place
        """,  # noqa: S608 - words of this module
        start=period.start,
        end=period.end,
        limit=ROWS_IN_FULL,
    )
    whole = frame.unique("line")["lines"].sum()
    return ItemsBehind(frame, ROWS_IN_FULL if whole <= ROWS_IN_FULL else ROWS_PER_LINE)


def turnover_part(
    statement: TurnoverStatement, accounts: Sequence[TurnoverBridge], items: ItemsBehind, translate: Translator
) -> Html:
    """The reconciliation of turnover: verdict, statement by letters, undeclared rows, and the same by account.

    Args:
        statement: by letters.
        accounts: by account.
        items: the rows behind each line.
        translate: language.
    """
    if is_empty(statement) and not accounts:
        return bridges.nothing(translate("No turnover was booked in this period."))
    by_account = tag(
        "details",
        tag("summary", translate("By account")),
        bridges.turnover_bridge(accounts, translate),
        data_turnover="accounts",
    )
    whole = [statement_table(statement, translate, items), by_account]
    found = verdict_on(statement, translate)
    if found is None:
        return bridges.quiet(agreement(statement, translate), translate, join(whole))
    undeclared = None
    if not statement.causes.is_empty():
        rows = bridges.rows_behind(statement.causes, _columns(translate), translate, view="turnover_item")
        undeclared = join([tag("h4", translate("Turnover that no tax code declares")), rows])
    return join([found, whole[0], undeclared, by_account])


def is_empty(statement: TurnoverStatement) -> bool:
    """Whether there was neither turnover nor anything declared."""
    return not any(statement.letters.values()) and not statement.ziffer_200 and statement.causes.is_empty()


def agreement(statement: TurnoverStatement, translate: Translator) -> str:
    """What is said of a statement without differences."""
    return translate(
        "Everything between the turnover by ledger, CHF {ledger}, and Ziffer 200, CHF {declared}, is explained.",
        ledger=formats.chf(ledger_turnover(statement)),
        declared=formats.chf(statement.ziffer_200),
    )


def verdict_on(statement: TurnoverStatement, translate: Translator) -> Html | None:
    """What lies between turnover and Ziffer 200 in words; None where nothing does."""
    if statement.causes.is_empty() and not statement.remainder:
        return None
    sentences = []
    if not statement.causes.is_empty():
        sentences.append(
            translate(
                "CHF {amount} of the turnover by ledger are declared by no tax code.",
                amount=formats.chf(statement.undeclared),
            )
        )
    if statement.remainder:
        sentences.append(translate("CHF {amount} remain unexplained.", amount=formats.signed_chf(statement.remainder)))
    return bridges.differs(" ".join(sentences))


def ledger_turnover(statement: TurnoverStatement) -> Decimal:
    """Turnover by ledger: the sum of the letters."""
    return sum(statement.letters.values(), Decimal("0.00"))


def statement_table(statement: TurnoverStatement, translate: Translator, items: ItemsBehind | None = None) -> Html:
    """The statement from letter a to the remainder; every amount with the sign by which it enters the sum."""

    def behind(line: str) -> Html | None:
        return None if items is None else _opens(items, line, translate)

    head = tag(
        "thead",
        tag(
            "tr",
            tag("th", translate("Letter"), scope="col"),
            tag("th", translate("Description"), scope="col"),
            tag("th", "CHF", scope="col", class_="ba-n"),
        ),
    )
    bodies = [
        tag("tbody", *_letters(statement, translate, behind)),
        tag("tbody", *_steps(statement, translate, behind)),
        tag("tbody", *_results(statement, translate)),
    ]
    return tag("div", tag("table", head, *bodies, class_="ba-table ba-form ba-statement"), class_="ba-scroll")


def _letters(
    statement: TurnoverStatement, translate: Translator, behind: Callable[[str], Html | None]
) -> Iterator[Html]:
    for letter, amount in statement.letters.items():
        note = translate("cannot be told apart in the books") if letter == "c" else None
        yield from _line(letter, translate(LETTER_NAMES[letter]), amount, behind(letter), note=note)
    yield from _line("", translate("Turnover by ledger"), ledger_turnover(statement), class_="ba-sum", key="ledger")


def _steps(statement: TurnoverStatement, translate: Translator, behind: Callable[[str], Html | None]) -> Iterator[Html]:
    amounts = {
        "not_turnover": -statement.not_turnover,
        "no_consideration": -statement.no_consideration,
        "reductions": statement.reductions,
        "waiting": -statement.waiting,
        "undeclared": -statement.undeclared,
    }
    for step, amount in amounts.items():
        rows = behind(step)
        if amount or rows:
            yield from _line("", translate(STEP_NAMES[step]), amount, rows, key=step)


def _results(statement: TurnoverStatement, translate: Translator) -> Iterator[Html]:
    results = (
        ("declared", translate("Declared, by the rows"), statement.declared, "ba-sum"),
        ("200", translate("Ziffer 200 of the return"), statement.ziffer_200, ""),
    )
    for key, name, amount, class_ in results:
        yield from _line("", name, amount, class_=class_, key=key)
    remainder = tag(
        "td",
        formats.signed_chf(statement.remainder),
        class_="ba-n ba-gap" if statement.remainder else "ba-n ba-even",
    )
    title = tag("td", translate("Remainder that nothing explains"), class_="ba-label")
    yield tag("tr", tag("td"), title, remainder, class_="ba-result", data_line="remainder")


def _line(
    letter: str,
    title: str,
    amount: Decimal,
    rows: Html | None = None,
    *,
    note: str | None = None,
    class_: str = "",
    key: str = "",
) -> Iterator[Html]:
    is_nil = not amount and rows is None and not class_
    yield tag(
        "tr",
        tag("td", letter, class_="ba-z"),
        tag("td", tag("span", title), tag("small", note) if note else None, class_="ba-label"),
        tag("td", formats.chf(amount), class_="ba-n"),
        class_="ba-nil" if is_nil else class_ or None,
        data_line=key or letter,
    )
    if rows is not None:
        yield tag("tr", tag("td"), tag("td", rows, colspan=_COLUMNS - 2), class_="ba-below")


def _opens(items: ItemsBehind, line: str, translate: Translator) -> Html | None:
    frame = items.of(line)
    if frame.is_empty():
        return None
    count = int(frame["lines"][0])

    def named(row: Row) -> Row:
        return {**row, "explained": translate(EXPLAINED_NAMES[row["explained"]])}

    columns = [*_columns(translate), Column("explained", translate("Becomes"))]
    listed = bridges.rows_behind(
        frame, columns, translate, view="turnover_item", limit=items.limit, count=count, named=named
    )
    summary = tag("summary", translate.count("{n} row", "{n} rows", count))
    return tag("details", summary, listed, data_rows_of=line)


def _columns(translate: Translator) -> list[Column]:
    return [
        Column("booked_on", translate("Date"), Kind.DATE),
        Column("document_no", translate("Document"), class_="ba-code"),
        Column("contact_name", translate("Contact")),
        Column("description", translate("Text"), class_="ba-text"),
        Column("account_no", translate("Account"), class_="ba-code"),
        Column("tax_code", translate("Code"), class_="ba-code"),
        Column("amount", translate("Amount"), Kind.AMOUNT),
    ]
