"""Family C: do the figures agree with each other?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "C01",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="CHF {tax} VAT are booked on CHF {amount} with {tax_code}, {rate} % are CHF {expected_tax}",
    references=["Art. 25 MWSTG", "Art. 128 MWSTV"],
)
def booked_tax_is_not_base_times_rate(
    books: Books, *, tolerance: Decimal = Decimal("0.01"), tolerance_per_row: Decimal = Decimal("0.005")
) -> pl.DataFrame:
    """The VAT booked is not base times rate.

    Why it matters: The return computes output tax from the base; the ledger holds what was booked. Where they differ by
    more than rounding, somebody changed the tax by hand, or base and tax do not belong together.

    False positives: Rounding, which grows with the number of rows: tolerance in CHF at least, tolerance_per_row for
    every row. The rounding of totals to 5 Rappen has a row of its own and is no part of the base. Import tax has no
    base in bexio and is left out, and so are lines without a base or without a VAT row (C06) and lines printed with
    another rate (A12).

    What to do: Recompute the document. Correct the tax, or the base if it is the tax that was invoiced.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, net as amount, tax, expected_tax, rate, tax_code, account_nos, document_no,
               contact_name, description, kind, base_rows, tax_rows, document_id, ziffer,
               case when direction = 'output' then expected_tax - tax else tax - expected_tax end as vat_effect
        from   vat_line
        where  base_rows > 0 and tax_rows > 0 and rate > 0 and rate < 100
        and    (printed_rate is null or printed_rate = rate)
        and    abs(tax - expected_tax)
               > greatest($tolerance, $tolerance_per_row * greatest(base_rows, tax_rows)) + 0.005
        """,
        tolerance=tolerance,
        tolerance_per_row=tolerance_per_row,
    )


@check(
    "C04",
    subject="vat_return",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Ziffer 299 is CHF {amount}, but the rate lines hold CHF {taxed}: CHF {gap} carry no rate",
    references=["Art. 71 MWSTG", "eCH-0217 MWST-0005"],
    method="effective",
)
def turnover_does_not_add_up(books: Books, *, tolerance: Decimal = Decimal("0.00")) -> pl.DataFrame:
    """Taxable turnover and the rate lines of the return do not agree.

    Why it matters: Ziffer 200 less the deductions (289) is 299, and 299 is the sum of the rate lines 30x, 31x and 34x;
    acquisition tax is no part of it. The ESTV's portal refuses a return that breaks
    this to the Rappen.

    False positives: None; the identity is exact. The form with net tax rates has other lines and is not concerned.

    What to do: Look for a code that reaches 200 or 205 but neither a deduction nor a rate line, or the reverse, and
    correct its Ziffer in bexio.
    """
    return books.sql(
        """
        with form as (
            select period_id,
                coalesce(sum(base) filter (ziffer = '200'), 0) as turnover,
                coalesce(sum(base) filter (ziffer in ('220', '221', '225', '230', '235', '280')), 0) as deductions,
                coalesce(sum(base) filter (ziffer[:2] in ('30', '31', '34')), 0) as taxed
            from   vat_return
            group by period_id
        )
        select f.period_id, n.ziffer, r.end_on as booked_on, turnover, deductions, taxed,
               turnover - deductions as amount, turnover - deductions - taxed as gap,
               tax_on(turnover - deductions - taxed, n.rate) as vat_effect
        from   form f
        join   review.period r on r.period_id = f.period_id
        join   law.normal_rate n on r.end_on between n.valid_from and n.valid_till
        where  abs(turnover - deductions - taxed) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "C06",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{tax_code} on {document} has {what}: CHF {amount}",
    references=["Art. 70 MWSTG"],
    words=["VAT without a base", "a base without VAT"],
)
def base_or_tax_missing(books: Books, *, min_tax: Decimal = Decimal("0.02")) -> pl.DataFrame:
    """A base has no VAT row, or a VAT row has no base.

    Why it matters: bexio books every rated code as two rows. If one of them is missing, it was deleted, overwritten or
    filed under another reference: the return and the VAT accounts then disagree.

    False positives: Import tax is one row by nature and is left out, as are codes without tax and amounts whose tax is
    less than min_tax. The other row may stand under another reference or code: the evidence shows the document.

    What to do: Open the document in bexio and save it again with its code, or complete the entry.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, case when base_rows = 0 then tax else net end as amount, net, tax, expected_tax,
               coalesce(document_no, vat_line_id) as document, document_no,
               case when base_rows = 0 then 'VAT without a base' else 'a base without VAT' end as what,
               tax_code, rate, account_nos, contact_name, description, kind, base_rows, tax_rows, document_id, ziffer,
               case
                   when base_rows = 0 then tax
                   when direction = 'input' then -expected_tax
                   when direction = 'output' then expected_tax
                   else 0.00
               end as vat_effect
        from   vat_line
        where  rate > 0 and rate < 100
        and    (base_rows = 0 and tax_rows > 0 and abs(tax) >= $min_tax
                or base_rows > 0 and tax_rows = 0 and abs(expected_tax) >= $min_tax)
        """,
        min_tax=min_tax,
    )


@check(
    "C07",
    subject="journal_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{currency} {amount_fc} are booked at {factor}, the mandate's own rate around that day is {usual_factor}",
    references=["Art. 45 MWSTV"],
)
def exchange_rate_out_of_line(
    books: Books,
    *,
    max_deviation: Decimal = Decimal("0.03"),
    window_days: int = 45,
    min_rates: int = 4,
    min_amount: Decimal = Decimal("1.00"),
) -> pl.DataFrame:
    """A foreign amount is booked one to one, or at an unusual rate.

    Why it matters: The base of the tax is the amount in CHF at the ESTV's monthly average or daily rate, used
    consistently. bexio takes the rate of the entry; left at 1 it books euros as francs, on the base and on the tax.

    False positives: Contract and group rates. The rate compared is what was really applied (CHF per unit), so a factor
    quoted per 100 units is no finding. Without an official rate at hand the mandate's own median for the currency
    within window_days is the yardstick, if there are min_rates bookings; a currency near parity may rightly stand at 1.

    What to do: Look up the ESTV's rate of the month and correct the factor of the entry. The payment then shows the
    true exchange difference.
    """
    return books.sql(
        """
        with applied as (
            select entry_id, currency, min(line_id) as line_id, min(booked_on) as booked_on,
                sum(abs(amount)) filter (side = 'debit') as amount,
                sum(abs(amount_fc)) filter (side = 'debit') as amount_fc,
                sum(amount_fc * tax_rate) filter (is_tax_side and vat_role = 'base'
                    and direction in ('output', 'input')) as taxed,
                any_value(document_no) as document_no, any_value(document_id) as document_id,
                any_value(contact_name) as contact_name, any_value(ziffer) filter (is_tax_side) as ziffer,
                arg_min(description, line_id) as description,
                string_agg(distinct account_no, ' ' order by account_no) as account_nos
            from posting where currency <> 'CHF' and amount_fc <> 0 and not is_opening and not is_closing group by all
        ),
        compared as (
            select *, cast(amount / amount_fc as decimal(18, 6)) as factor, count(*) over around as rates,
                cast(median(amount / amount_fc) filter (amount <> amount_fc) over around as decimal(18, 6))
                    as usual_factor
            from applied where amount_fc >= $min_amount
            window around as (partition by currency order by booked_on range between
                to_days(cast($window_days as integer)) preceding and to_days(cast($window_days as integer)) following)
        )
        select * replace (cast(factor as decimal(18, 5)) as factor,
                          cast(usual_factor as decimal(18, 5)) as usual_factor),
               cast(round(-taxed * (usual_factor - factor) * 0.01, 2) as decimal(18, 2)) as vat_effect
        from compared
        where amount = amount_fc or rates >= $min_rates and abs(factor - usual_factor) > $max_deviation * usual_factor
        """,
        max_deviation=max_deviation,
        window_days=window_days,
        min_rates=min_rates,
        min_amount=min_amount,
    )
