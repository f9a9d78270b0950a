"""Family F: does the return agree with the ledger?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "F01",
    subject="vat_period",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="The ledger holds CHF {turnover} turnover, Ziffer 200 says CHF {declared}: difference CHF {amount}",
    references=["Art. 72 MWSTG", "Art. 128 Abs. 2 MWSTV"],
    method="effective",
    basis="agreed",
    restates=True,
)
def turnover_differs_from_ledger(books: Books, *, tolerance: Decimal = Decimal("1.00")) -> pl.DataFrame:
    """Turnover of the ledger and Ziffer 200 differ.

    Why it matters: The reconciliation of turnover is the first thing an auditor does, and its difference the most
    frequent adjustment. Everything on revenue accounts, and what is sold of the fixed assets or taxed as a private
    share, has to be in Ziffer 200.

    False positives: Consideration that is none (900, 910) is left out, and so are changes in stock, accruals without
    code, exchange gains and transfers between revenue accounts. Under collected consideration and with net tax rates
    the comparison means something else and is not made.

    What to do: Work through the findings on single bookings first (A01, A04, A11): they usually explain the difference.
    What remains is turnover on an account the chart does not know as revenue.
    """
    return books.sql(
        """
        with ledger as (
            select booked_on, turnover from turnover_posting where coalesce(ziffer, '') not in ('900', '910')
        ),
        compared as (
            select r.*, (select coalesce(sum(turnover), 0) from ledger
                         where booked_on between r.start_on and r.end_on) as turnover,
                coalesce((select sum(base) from vat_return z where z.period_id = r.period_id and ziffer = '200'), 0)
                    as declared,
                (select cast(100 * sum(tax) / nullif(sum(base), 0) as decimal(9, 4)) from vat_return z
                 where z.period_id = r.period_id and ziffer[:2] in ('30', '31', '34')) as mean_rate
            from review.period r
        )
        select c.period_id, '200' as ziffer, c.end_on as booked_on, turnover, declared, turnover - declared as amount,
               mean_rate, tax_in(turnover - declared, coalesce(mean_rate, n.rate)) as vat_effect
        from   compared c join law.normal_rate n on c.end_on between n.valid_from and n.valid_till
        where  abs(turnover - declared) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "F05",
    subject="posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} are booked by hand on VAT account {account_no} without a tax code: {description}",
    references=["Art. 70 MWSTG", "Art. 128 MWSTV"],
)
def manual_posting_on_vat_account(books: Books, *, min_amount: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """A VAT account is posted directly, without a tax code.

    Why it matters: The return is computed from codes. What is posted on 1170 to 1174 or 2200 to 2203 without one
    changes the VAT account and reaches no Ziffer: the account no longer agrees with the return.

    False positives: The settlement over 2201, payments to and from the ESTV, transfers between VAT accounts and opening
    balances are left out. Rounding differences below min_amount are too.

    What to do: Book the amount again through its account with the right code. The VAT effect is what the return would
    change by if the amount were declared.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, abs(p.amount) as amount, p.side, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.kind, p.document_id,
               -p.amount as vat_effect
        from   posting p
        join   account a on a.account_no = p.account_no and a.is_vat and a.account_no <> '2201'
        join   account c on c.account_no = p.contra_account_no and not c.is_vat and not c.is_money
        where  p.kind in ('manual_entry', 'export', 'other') and p.tax_code is null
        and    not p.is_opening and not p.is_closing and not p.is_settlement
        and    abs(p.amount) >= $min_amount
        """,
        min_amount=min_amount,
    )


@check(
    "F07",
    subject="posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} received for fixed assets ({account_no} {account_name}) without a sales code",
    references=["Art. 18 MWSTG", "Art. 24 MWSTG", "Art. 128 Abs. 2 lit. d MWSTV"],
)
def asset_sold_without_tax(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.06"),
    return_days: int = 90,
    insurers: str = "versicherung|insurance|assurance|assicurazion",
) -> pl.DataFrame:
    """Fixed assets are sold without a sales code.

    Why it matters: The sale of machines, furniture, vehicles and licences of the business is turnover like any other.
    It is booked as a credit on the asset account, where nobody looks for turnover.

    False positives: A return to the supplier (an input code, or the same amount bought on the account within
    return_days before), a payment of an insurance for a loss (damages are no consideration) and a transfer by
    notification procedure, which has its own code.

    What to do: Ask for the sales invoice or contract, set UN81 and declare the tax from the price received. In a
    notification procedure use the code for Ziffer 225 and file form 764.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, -p.amount as amount, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               tax_in(-p.amount, n.rate) as vat_effect, n.ziffer
        from   posting p
        join   account a on a.account_no = p.account_no and a.is_fixed_asset
        join   account c on c.account_no = p.contra_account_no and (c.is_money or c.is_receivable)
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        where  p.amount <= -$min_amount and not p.is_opening and not p.is_closing
        and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
        and    not regexp_matches(lower(concat_ws(' ', p.contact_name, p.description)), $insurers)
        and    not exists (
            from posting b where b.account_no = p.account_no and b.amount = -p.amount and not b.is_opening
            and b.booked_on between p.booked_on - to_days(cast($return_days as integer)) and p.booked_on)
        """,
        min_amount=min_amount,
        return_days=return_days,
        insurers=insurers,
    )
