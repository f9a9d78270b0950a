"""The ledger in text: how it is read, and that it is booked the way bexio books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from bexio_analytics.books import Books
from bexio_analytics.checks import reconciliation
from bexio_analytics.snapshot import TABLES
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text, frames_from_text, parse


def rows(books: Books) -> list[tuple[str, str, Decimal, str | None, str | None]]:
    found = books.sql(
        "select debit_account_no, credit_account_no, amount, tax_code, vat_role from journal_line order by line_id"
    )
    return found.rows()


def test_a_line_has_everything() -> None:
    """Columns, settings and marks of one line."""
    ledger = parse(
        """
        2026-07-03  Büro, Material  6500 / 1020  -1'108.10  expense  VB81  contact=Papier AG/CH  no=R 1  <- F05, A01
        <- F01
        """
    )
    (line,) = ledger.lines
    assert (line.day, line.text, line.debit, line.credit) == (date(2026, 7, 3), "Büro, Material", "6500", "1020")
    assert (line.amount, line.kind, line.tax_code) == (Decimal("-1108.10"), "expense", "VB81")
    assert (line.contact, line.settings["no"]) == (("Papier AG", "CH"), "R 1")
    assert line.marks == {"F05", "A01"}
    assert ledger.period_marks == {"F01"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-07-03  Text", "needs date, text"),
        ("2026-07-03  Text  6500-1020  1.00  manual", "is not of the form 6500 / 1020"),
        ("2026-07-03  Text  6500 / 1020  1.00  memo", "is not a kind"),
        ("2026-07-03  Text  6500 / 1020  viel  manual", "line 1"),
        ("2026-13-03  Text  6500 / 1020  1.00  manual", "month must be in"),
        ("2026-07-03  Text  6500 / 1020  1.00  manual  colour=red", "settings are"),
        ("2026-07-03  Text  6500 / 1020  1.00  manual  VB81  VM81", "one tax code at most"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"line 1 of the ledger") as caught:
        parse(text)
    assert reason in str(caught.value)


def test_unknown_code_of_a_company_read_from_bexio() -> None:
    with pytest.raises(ValueError, match="has no tax code VX99"):
        books_from_text("2026-07-03  Text  6500 / 1020  1.00  manual  VX99")


def test_vat_is_a_row_of_its_own() -> None:
    """Gross amounts are split; acquisition tax touches two VAT accounts; import tax is one row."""
    with books_from_text(
        """
        2026-07-03  Verkauf   1100 / 3200  1'081.00  invoice  UN81
        2026-07-04  Einkauf   4200 / 2000    108.10  bill     VM81
        2026-07-05  Lizenz    6570 / 2000    100.00  bill     BZB81
        2026-07-06  Zoll      4200 / 2000     81.00  bill     ZOLLM
        2026-07-07  Rabatt    2000 / 4200     10.81  manual   VM81
        2026-07-08  Export    1100 / 3200    500.00  invoice  UEX
        2026-07-09  Ohne      6500 / 1020     50.00  other
        """
    ) as books:
        assert rows(books) == [
            ("1100", "3200", Decimal("1000.00"), "UN81", "base"),
            ("1100", "2200", Decimal("81.00"), "UN81", "tax"),
            ("4200", "2000", Decimal("100.00"), "VM81", "base"),
            ("1170", "2000", Decimal("8.10"), "VM81", "tax"),
            ("6570", "2000", Decimal("100.00"), "BZB81", "base"),
            ("1171", "2203", Decimal("8.10"), "BZB81", "tax"),
            ("1170", "2000", Decimal("81.00"), "ZOLLM", "tax"),
            ("2000", "4200", Decimal("10.00"), "VM81", "base"),
            ("2000", "1170", Decimal("0.81"), "VM81", "tax"),
            ("1100", "3200", Decimal("500.00"), "UEX", "base"),
            ("6500", "1020", Decimal("50.00"), None, None),
        ]


def test_every_kind_is_recognised_by_the_books() -> None:
    """The evidence for each code is what the kind of booking gives."""
    with books_from_text(
        """
        2026-01-01  Saldovortrag   1020 / 9100  9'000.00  opening
        2026-07-01  Verkauf        1100 / 3200  1'081.00  invoice      UN81  no=RE-1
        2026-07-02  Gutschrift     3200 / 1100    108.10  credit_note  UN81
        2026-07-03  Einkauf        4200 / 2000    108.10  bill         VM81
        2026-07-04  Büro           6500 / 1020    108.10  expense      VB81
        2026-07-05  Zahlung        1020 / 1100  1'081.00  payment            no=RE-1
        2026-07-06  Zahlung        2000 / 1020    108.10  payment
        2026-07-07  Manuell        6500 / 1020    108.10  manual       VB81
        2026-07-08  Bank           6900 / 1020     10.00  other
        2026-12-31  Abschluss      3200 / 9000    900.00  closing
        """
    ) as books:
        kinds = books.sql(
            """
            select kind, string_agg(distinct evidence, ' ' order by evidence) as evidence, count(*) as rows
            from journal_line where not is_opening and not is_closing group by kind order by kind
            """
        ).rows()
        special = books.sql("select is_opening, is_closing from journal_line where is_opening or is_closing").rows()
    assert kinds == [
        ("bill", "document", 2),
        ("credit_note", "derived", 2),
        ("expense", "document", 2),
        ("invoice", "document", 2),
        ("manual_entry", "manual_entry", 2),
        ("other", "none", 1),
        ("payment", "none", 2),
    ]
    assert sorted(special) == [(False, True), (True, False)]


def test_an_export_carries_its_own_codes() -> None:
    """All rows are of kind export, coded by the column of the file, also with a code nobody knows."""
    with books_from_text(
        """
        2026-07-03  Einkauf  4200 / 2000  108.10  export  VM81  no=A1
        2026-07-04  Einkauf  4200 / 2000  108.10  export  VX99  printed=8.1  no=A2
        """
    ) as books:
        found = books.sql(
            "select kind, tax_code, tax_id is null, printed_rate, count(*) from journal_line group by all"
        )
        assert books.source == "export"
    assert sorted(found.rows()) == [
        ("export", "VM81", False, Decimal("8.1000"), 2),
        ("export", "VX99", True, Decimal("8.1000"), 2),
    ]


def test_foreign_currency_and_documents_of_several_lines() -> None:
    """Amounts are in the booking currency; lines with the same doc are one document."""
    with books_from_text(
        """
        2026-07-03  Ware   4200 / 2000  100.00  bill  currency=EUR  factor=0.945  contact=Huber/DE  doc=a
        2026-07-03  Porto  4200 / 2000   10.00  bill  currency=EUR  factor=0.945  contact=Huber/DE  doc=a
        """
    ) as books:
        assert books.sql("select amount_fc, amount from journal_line order by line_id").rows() == [
            (Decimal("100.00"), Decimal("94.50")),
            (Decimal("10.00"), Decimal("9.45")),
        ]
        documents = books.sql("select document_id, contact_country, gross from document").rows()
    assert documents == [("bill:00000000-0000-4000-8000-000000000001", "DE", Decimal("110.00"))]


def test_frames_are_snapshot_tables() -> None:
    """Every table with its declared schema, nothing guessed."""
    frames = frames_from_text("2026-07-03  Verkauf  1100 / 3200  1'081.00  invoice  UN81")
    assert frames.keys() == TABLES.keys()
    assert all(frame.schema == TABLES[name].schema for name, frame in frames.items())
    assert frames["invoice"]["total"].to_list() == [Decimal("1081.000000")]


def test_assertion_says_what_is_wrong() -> None:
    """A missed mark and a finding without mark are both named with their line."""
    with pytest.raises(AssertionError) as caught:
        assert_flags_marked_lines(
            reconciliation.manual_posting_on_vat_account,
            """
            2026-07-03  Korrektur  1170 / 6500   81.00  manual
            2026-07-05  Büro       6500 / 1020  108.10  manual  VB81   <- F05
            """,
        )
    message = str(caught.value)
    assert "not marked, but found: CHF 81.00 are booked by hand" in message
    assert "marked, but not found: line 3, 2026-07-05 Büro" in message


def test_marks_of_other_checks_are_not_its_business() -> None:
    """One ledger may carry the marks of several checks."""
    findings = assert_flags_marked_lines(
        reconciliation.manual_posting_on_vat_account,
        """
        2026-07-03  Korrektur   1170 / 6500   81.00  manual   <- F05
        2026-07-05  Barverkauf  1020 / 3200  108.10  manual   <- A01
        """,
    )
    assert len(findings) == 1


def test_a_check_that_fails_fails_the_test() -> None:
    """Not silently no findings."""
    from bexio_analytics.review import Confidence, Severity, check  # noqa: PLC0415 - only here

    @check("X01", subject="posting", severity=Severity.LOOK_AT, confidence=Confidence.LIKELY, says="")
    def broken(books: Books) -> pl.DataFrame:
        return books.sql("select nope from posting")

    with pytest.raises(AssertionError, match="X01 failed: BinderException"):
        assert_flags_marked_lines(broken, "2026-07-03  Text  6500 / 1020  1.00  manual")
