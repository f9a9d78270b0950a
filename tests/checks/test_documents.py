"""Family H, second part: documents written once, complete, kept and settled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from bexio_analytics.checks import documents
from bexio_analytics.testing import assert_flags_marked_lines, books_from_text


def test_sale_invoiced_twice() -> None:
    """The second of two equal invoices of one day; other texts, days, amounts and customers are other sales."""
    (finding,) = assert_flags_marked_lines(
        documents.sale_invoiced_twice,
        """
        2026-07-03  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  contact=Kunde A/CH  no=RE-1
        2026-07-03  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  contact=Kunde A/CH  no=RE-2    <- H02
        2026-07-04  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  contact=Kunde A/CH  no=RE-3
        2026-07-03  Beratung Juli       1100 / 3400  1'081.00  invoice  UN81  contact=Kunde A/CH  no=RE-4
        2026-07-03  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  contact=Kunde B/CH  no=RE-5
        2026-07-03  Beratung Juni       1100 / 3400  1'081.05  invoice  UN81  contact=Kunde A/CH  no=RE-6
        2026-07-03  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  no=RE-7
        2026-07-03  Beratung Juni       1100 / 3400  1'081.00  invoice  UN81  no=RE-8
        2026-07-05  Kaffee              1100 / 3400     10.00  invoice  UN81  contact=Kunde A/CH  no=RE-9
        2026-07-05  Kaffee              1100 / 3400     10.00  invoice  UN81  contact=Kunde A/CH  no=RE-10
        """,
    )
    assert (finding.vat_effect, finding.ziffer, finding.amount) == (Decimal("-81.00"), "303", Decimal("1081.00"))
    assert finding.evidence["repeats"] == "RE-1"


def test_equal_invoices_that_are_right() -> None:
    """A customer who gets several of the same every month, and an invoice that was credited."""
    assert_flags_marked_lines(
        documents.sale_invoiced_twice,
        """
        2026-07-01  Arbeitsplatz   1100 / 3400    324.30  invoice      UN81  contact=Büro AG/CH    no=RE-1
        2026-07-01  Arbeitsplatz   1100 / 3400    324.30  invoice      UN81  contact=Büro AG/CH    no=RE-2
        2026-08-01  Arbeitsplatz   1100 / 3400    324.30  invoice      UN81  contact=Büro AG/CH    no=RE-3
        2026-08-01  Arbeitsplatz   1100 / 3400    324.30  invoice      UN81  contact=Büro AG/CH    no=RE-4
        2026-07-03  Beratung       1100 / 3400  1'081.00  invoice      UN81  contact=Kunde A/CH    no=RE-5
        2026-07-03  Beratung       1100 / 3400  1'081.00  invoice      UN81  contact=Kunde A/CH    no=RE-6
        2026-07-09  Gutschrift     3400 / 1100  1'081.00  credit_note  UN81  for=RE-6
        """,
    )


def test_invoice_paid_twice() -> None:
    """More money than the invoice is worth, on the day of the last payment; a little more is kept."""
    (finding,) = assert_flags_marked_lines(
        documents.sale_invoiced_twice,
        """
        2026-06-03  Beratung   1100 / 3400  1'081.00  invoice  UN81  contact=Kunde A/CH   no=RE-1       <- H02
        2026-07-02  Zahlung    1020 / 1100  1'081.00  payment        no=RE-1
        2026-07-09  Zahlung    1020 / 1100  1'081.00  payment        no=RE-1
        2026-06-03  Beratung   1100 / 3400    540.50  invoice  UN81  contact=Kunde B/CH   no=RE-2
        2026-07-02  Zahlung    1020 / 1100    541.00  payment        no=RE-2
        2026-07-20  Beratung   1100 / 3400    540.50  invoice  UN81  contact=Kunde B/CH   no=RE-3
        """,
    )
    assert (finding.booked_on, finding.vat_effect) == (date(2026, 7, 9), Decimal("0.00"))


def invoices(numbers: list[int], *, marked: int | None = None, year: int = 2026) -> str:
    """One invoice over 1'081.00 a number, from July on."""
    return "\n".join(
        f"{year}-{7 + place // 28:02}-{1 + place % 28:02}  Verkauf {number}  1100 / 3200  1'081.00  invoice  UN81  "
        f"contact=Kunde {number}/CH  no=RE-{number:05}{'  <- H06' if number == marked else ''}"
        for place, number in enumerate(numbers)
    )


def test_invoice_number_missing() -> None:
    """Gaps of a dense series are one finding, at the invoice after the first; its effect is the average tax."""
    numbers = [n for n in range(1, 61) if n not in (30, 41, 42)]
    (finding,) = assert_flags_marked_lines(documents.invoice_number_missing_or_double, invoices(numbers, marked=31))
    assert finding.values["numbers"] == "30, 41-42"
    assert (finding.vat_effect, finding.ziffer) == (Decimal("243.00"), "303")
    assert finding.booked_on == date(2026, 8, 2)


def test_numbers_that_are_right() -> None:
    """A credit note and a draft in the series, a new range, a short series and one that never was dense."""
    numbers = [n for n in range(1, 51) if n not in (20, 30)]
    text = invoices([*numbers, *range(1000, 1010)]) + (
        "\n2026-07-30  Gutschrift  3200 / 1100  54.05  credit_note  UN81  for=RE-00019"
    )

    def draft_and_name(frames: dict[str, pl.DataFrame]) -> None:
        invoice, payment = frames["invoice"], frames["invoice_payment"]
        draft = invoice.head(1).with_columns(id=9999, document_nr=pl.lit("RE-00030"), kb_item_status_id=7)
        frames["invoice"] = invoice.vstack(draft.cast(invoice.schema))
        frames["invoice_payment"] = payment.with_columns(credit_voucher_text=pl.lit("RE-00020"))

    assert_flags_marked_lines(documents.invoice_number_missing_or_double, text, edit=draft_and_name)
    assert_flags_marked_lines(documents.invoice_number_missing_or_double, invoices([1, 2, 3, 5, 6]))
    assert_flags_marked_lines(documents.invoice_number_missing_or_double, invoices(list(range(1, 80, 3))))


def test_gap_of_an_earlier_period_is_not_asked_again() -> None:
    """A gap belongs to the period of the number after it."""
    text = invoices([n for n in range(1, 31) if n != 12], year=2025) + "\n" + invoices(list(range(31, 40)))
    assert_flags_marked_lines(documents.invoice_number_missing_or_double, text)


def test_invoice_number_used_twice() -> None:
    """The later of two invoices with one number."""
    (finding,) = assert_flags_marked_lines(
        documents.invoice_number_missing_or_double,
        """
        2026-07-03  Verkauf   1100 / 3200    108.10  invoice  UN81  no=RE-00001
        2026-07-09  Verkauf   1100 / 3200    216.20  invoice  UN81  no=RE-00001   <- H06
        2026-07-09  Verkauf   1100 / 3200    216.20  invoice  UN81  no=HR-00001
        """,
    )
    assert (finding.values["numbers"], finding.vat_effect) == ("RE-00001", None)


BILLS = "\n".join(
    f"2026-{3 + n % 6:02}-{2 + n:02}  Material {n}  4200 / 2000  {200 + n}.00  bill  VM81  contact=Lieferant {n}/CH"
    for n in range(25)
)
NEW = """
2026-09-03  Prämie      6300 / 2000  1'200.00  bill                                  <- H07
2026-09-04  Gebühr      6360 / 1020    420.00  expense                               <- H07
2026-09-05  Porto       6510 / 1020     40.00  expense
2026-09-06  Büromöbel   6500 / 2000  1'081.00  bill  VB81
2026-09-07  Verkauf     1100 / 3200  1'081.00  invoice  UN81
2026-09-08  Spende      6700 / 1020    500.00  manual
2026-06-08  Prämie      6300 / 2000    900.00  bill
"""


def with_files(frames: dict[str, pl.DataFrame], *, bills: int = 25) -> None:
    """The first bills have a file."""
    frames["bill"] = frames["bill"].with_columns(
        attachment_ids=pl.when(pl.int_range(pl.len()) < bills)
        .then(pl.lit('["00000000-0000-4000-8000-000000000000"]'))
        .otherwise(pl.col("attachment_ids"))
    )


def test_document_without_file() -> None:
    """Documents without input tax and without file, where files are usual; small ones, and D01's, are left out."""
    assert_flags_marked_lines(documents.document_without_file, BILLS + NEW, edit=with_files)


def test_files_are_kept_elsewhere() -> None:
    """Where few documents have a file, or there are few, nothing is asked."""
    unmarked = (BILLS + NEW).replace("<- H07", "")
    assert_flags_marked_lines(
        documents.document_without_file, unmarked, edit=lambda frames: with_files(frames, bills=12)
    )
    assert_flags_marked_lines(documents.document_without_file, NEW.replace("<- H07", ""))


OLD_INVOICES = """
2026-01-20  Verkauf     1100 / 3200  1'081.00  invoice  UN81  contact=Kunde A/CH  no=RE-1     <- H08
2026-01-20  Verkauf     1100 / 3200  2'162.00  invoice  UN81  contact=Kunde B/CH  no=RE-2     <- H08
2026-01-20  Verkauf     1100 / 3200  3'243.00  invoice  UN81  contact=Kunde C/CH  no=RE-3
2026-03-20  Verkauf     1100 / 3200  3'243.00  invoice  UN81  contact=Kunde D/CH  no=RE-4
2026-05-20  Verkauf     1100 / 3200  3'243.00  invoice  UN81  contact=Kunde E/CH  no=RE-5
2026-01-20  Verkauf  1100 / 3210  1000.00  invoice  UEX  contact=Kunde F/DE  no=RE-6  currency=EUR  factor=0.95  <- H08
2026-02-10  Einkauf     4200 / 2000    540.50  bill     VM81  contact=Lieferant/CH
"""


def left_open(frames: dict[str, pl.DataFrame]) -> None:
    """C has paid, B half; D was given a year."""
    number, left = pl.col("document_nr"), pl.col("total_remaining_payments")
    frames["invoice"] = frames["invoice"].with_columns(
        total_remaining_payments=pl.when(number == "RE-3").then(0).when(number == "RE-2").then(left / 2)
        .otherwise(left).cast(frames["invoice"].schema["total_remaining_payments"]),
        is_valid_to=pl.when(number == "RE-4").then(date(2027, 3, 20)).otherwise(pl.col("is_valid_to")),
    )  # fmt: skip


def test_old_receivable() -> None:
    """Unpaid for half a year after it was due, with the tax of what is open."""
    findings = assert_flags_marked_lines(documents.old_receivable, OLD_INVOICES, edit=left_open)
    assert {finding.amount: finding.vat_effect for finding in findings} == {
        Decimal("1081.00"): Decimal("-81.00"),
        Decimal("950.00"): Decimal("0.00"),
    }
    assert {f.values["open_amount"] for f in findings if f.values["contact_name"] == "Kunde B"} == {Decimal("1081.00")}
    assert {finding.booked_on for finding in findings} == {date(2026, 9, 30)}


def pending(frames: dict[str, pl.DataFrame]) -> None:
    """All bills but the third are open."""
    frames["bill"] = frames["bill"].with_columns(
        pending_amount=pl.when(pl.int_range(pl.len()) == 2).then(0).otherwise(pl.col("amount_calc"))
        .cast(frames["bill"].schema["pending_amount"])
    )  # fmt: skip


def test_old_payable() -> None:
    """A bill with input tax that has been due for a year; paid, younger and untaxed ones are left alone."""
    (finding,) = assert_flags_marked_lines(
        documents.old_payable,
        """
        2025-06-20  Ware        4200 / 2000  1'081.00  bill  VM81  contact=Lieferant A/CH     <- H09
        2025-09-20  Ware        4200 / 2000  2'162.00  bill  VM81  contact=Lieferant B/CH
        2025-06-20  Ware        4200 / 2000  1'621.50  bill  VM81  contact=Lieferant C/CH
        2025-06-20  Prämie      6300 / 2000    700.00  bill        contact=Versicherung/CH
        2026-07-20  Ware        4200 / 2000    540.50  bill  VM81  contact=Lieferant A/CH
        """,
        edit=pending,
    )
    assert (finding.amount, finding.vat_effect, finding.ziffer) == (Decimal("1081.00"), Decimal("81.00"), "400")


def test_document_numbers() -> None:
    """Prefix, running number and the number before; what ends in no digit has none."""
    with books_from_text(
        """
        2026-07-03  A   1100 / 3200  100.00  invoice  no=2026-007
        2026-07-03  B   1100 / 3200  100.00  invoice  no=2026-010
        2026-07-03  C   1100 / 3200  100.00  invoice  no=Schluss
        2026-07-03  D   6500 / 1020  100.00  manual   no=2026-008
        """
    ) as books:
        rows = books.sql("select document_no, series, number, missing from document_number order by document_no").rows()
    assert rows == [("2026-007", "2026-", 7, 0), ("2026-008", "2026-", 8, 0), ("2026-010", "2026-", 10, 2)]
