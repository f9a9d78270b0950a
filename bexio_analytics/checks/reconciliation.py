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
    "F02",
    subject="document",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Invoice {document_no}: the register says {currency} {invoiced}, the ledger {booked}",
    needs=["document"],
    references=["Art. 70 MWSTG", "Art. 128 MWSTV"],
)
def invoice_differs_from_ledger(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """An invoice and its bookings on the receivables differ.

    Why it matters: The register of invoices is what customers received, the ledger is what the return is made of. An
    invoice that is missing in the ledger, or was changed there, is turnover that is not declared.

    False positives: Drafts and cancelled invoices have no booking and are no difference; invoices written in another
    system are in no register. Amounts are compared in the invoice's currency up to tolerance.

    What to do: Open the invoice and its bookings. Issue it anew, or correct the entry that changed it.
    """
    return books.sql(
        """
        with ledger as (
            select p.document_id, sum(p.amount_fc) as booked, sum(p.amount) as booked_chf,
                min(p.booked_on) as booked_on, any_value(p.currency) as currency,
                arg_min(p.description, p.line_id) as description
            from   posting p join account a on a.account_no = p.account_no and a.is_receivable
            where  p.kind = 'invoice' group by p.document_id
        ),
        register as (
            select *, if(is_booked, gross, 0.00) as invoiced from document where kind = 'invoice'
        ),
        compared as (
            select coalesce(d.document_id, l.document_id) as document_id, coalesce(d.document_no, l.document_id)
                as document_no, coalesce(l.booked_on, d.dated_on) as booked_on, coalesce(d.currency, l.currency)
                as currency, coalesce(d.invoiced, 0.00) as invoiced, coalesce(l.booked, 0.00) as booked,
                d.contact_name, coalesce(d.title, l.description) as description, d.status, d.tax, d.gross,
                if(l.booked <> 0, share_of(l.booked_chf, d.invoiced - l.booked, l.booked), d.invoiced) as in_chf
            from   register d full join ledger l on l.document_id = d.document_id
        )
        select c.*, coalesce(c.in_chf, c.invoiced - c.booked) as amount,
               n.ziffer,
               coalesce(share_of(c.in_chf, c.tax, c.gross), tax_in(c.invoiced - c.booked, n.rate)) as vat_effect
        from   compared c
        join   law.normal_rate n on c.booked_on between n.valid_from and n.valid_till
        where  abs(c.invoiced - c.booked) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "F03",
    subject="reconciliation",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="Output tax account {account_no} moved by CHF {amount} that no tax code explains",
    references=["Art. 70 MWSTG", "Art. 128 Abs. 3 MWSTV"],
    restates=True,
)
def output_tax_account_differs(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """The account of output tax does not roll forward.

    Why it matters: Opening balance, tax of the coded rows and settlement give the closing balance. What remains is on
    the account and in no Ziffer, or was declared and is not on the account.

    False positives: Settlement over 2201, payments to the ESTV booked directly and transfers between VAT accounts are
    no difference. A difference of zero does not prove that the Ziffern are right: swapped ones cancel out.

    What to do: Work through the single bookings first (F05, A11); this is their sum by account.
    """
    return books.sql(
        """
        with direct as (
            select p.account_no, sum(-p.amount) as amount
            from   posting p join account c on c.account_no = p.contra_account_no and (c.is_money or c.is_vat)
            join   review.period r on p.booked_on between r.start_on and r.end_on
            where  p.tax_code is null and not p.is_settlement and not p.is_opening and not p.is_closing
            and    p.contra_account_no <> '2201' group by p.account_no
        )
        select b.period_id, b.account_no, b.account_name, r.end_on as booked_on, b.opening, b.coded_tax, b.settlement,
               b.closing, b.other - coalesce(d.amount, 0) as amount, b.other - coalesce(d.amount, 0) as vat_effect,
               '399' as ziffer
        from   reconciliation b
        join   review.period r on r.period_id = b.period_id
        join   account a on a.account_no = b.account_no and a.account_type = 'liability'
        left join direct d on d.account_no = b.account_no
        where  b.account_no not in ('2201', '2202', '2203') and abs(b.other - coalesce(d.amount, 0)) > $tolerance
        """,
        tolerance=tolerance,
    )


@check(
    "F04",
    subject="reconciliation",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.CERTAIN,
    says="VAT account {account_no} and Ziffer {ziffer} differ by CHF {amount}: no tax code explains it",
    references=["Art. 70 MWSTG", "Art. 128 Abs. 3 MWSTV"],
    restates=True,
)
def input_tax_account_differs(books: Books, *, tolerance: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """An account of input tax or acquisition tax does not roll forward.

    Why it matters: 1170 belongs to Ziffer 400, 1171 to 405, 1173 to 420, 1174 to 415 and 2203 to 38x. What moves on the
    account without a code that reaches the Ziffer is not declared, or declared and not booked.

    False positives: Settlement over 2201, payments to and from the ESTV and transfers between VAT accounts are no
    difference; the settlement of a year may be booked in the next one.

    What to do: Work through the single bookings first (F05, A11); this is their sum by account.
    """
    return books.sql(
        """
        with direct as (
            select p.account_no, sum(if(p.account_type = 'asset', p.amount, -p.amount)) as amount
            from   posting p join account c on c.account_no = p.contra_account_no and (c.is_money or c.is_vat)
            join   review.period r on p.booked_on between r.start_on and r.end_on
            where  p.tax_code is null and not p.is_settlement and not p.is_opening and not p.is_closing
            and    p.contra_account_no <> '2201' group by p.account_no
        )
        select b.period_id, b.account_no, b.account_name, r.end_on as booked_on, b.opening, b.coded_tax, b.settlement,
               b.closing, b.other - coalesce(d.amount, 0) as amount,
               (b.other - coalesce(d.amount, 0)) * if(a.account_type = 'asset', -1, 1) as vat_effect,
               coalesce(map(['1170', '1171', '1173', '1174', '2203'],
                            ['400', '405', '420', '415', n.acquisition_ziffer])[b.account_no],
                        nullif(b.ziffern, ''), '479') as ziffer
        from   reconciliation b
        join   review.period r on r.period_id = b.period_id
        join   law.normal_rate n on r.end_on between n.valid_from and n.valid_till
        join   account a on a.account_no = b.account_no and (a.account_type = 'asset' or a.account_no = '2203')
        left join direct d on d.account_no = b.account_no
        where  b.account_no <> '1172' and abs(b.other - coalesce(d.amount, 0)) > $tolerance
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
def manual_posting_on_vat_account(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.05"),
    with_authority: str = r"estv|afc|eidg|steuerverwaltung|administration fédérale|abrechnung|décompte|rendiconto|"
    r"vergütung|rückerstattung|\bq[1-4]\b|quartal|semester|saldo",
) -> pl.DataFrame:
    """A VAT account is posted directly, without a tax code.

    Why it matters: The return is computed from codes. What is posted on 1170 to 1174 or 2200 to 2203 without one
    changes the VAT account and reaches no Ziffer: the account no longer agrees with the return.

    False positives: The settlement over 2201, payments to and from the ESTV, transfers between VAT accounts and opening
    balances are left out; money against an input tax account counts as a payment of the ESTV where the text matches
    with_authority. Rounding differences below min_amount are left out too.

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
        join   account c on c.account_no = p.contra_account_no and not c.is_vat
        where  p.kind in ('manual_entry', 'export', 'other') and p.tax_code is null
        and    not p.is_opening and not p.is_closing and not p.is_settlement
        and    not (c.is_money and (a.account_type = 'liability'
                                    or regexp_matches(lower(coalesce(p.description, '')), $with_authority)))
        and    abs(p.amount) >= $min_amount
        """,
        min_amount=min_amount,
        with_authority=with_authority,
    )


@check(
    "F06",
    subject="account",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Settlement account {account_no}: CHF {amount} are {nature} at the end of the period",
    references=["Art. 86 MWSTG", "Art. 128 MWSTV"],
    words=["still owed for a period that is due", "paid beyond what was settled"],
)
def settlement_account_not_cleared(
    books: Books, *, tolerance: Decimal = Decimal("0.05"), due_days: int = 70
) -> pl.DataFrame:
    """The VAT settlement account is not cleared by the payment.

    Why it matters: The settlement moves the tax of a period to 2201, the payment to the ESTV clears it. What remains
    was not paid, or paid in another amount than was declared.

    False positives: Settlements of the last due_days are not due yet and are no finding, whether paid or not. Payment
    plans and instalments stay open rightly; a payment under way at the end of the period arrives some days later.

    What to do: Compare the account with the statement of the ESTV, and the payment with Ziffer 500 of the return.
    """
    return books.sql(
        """
        with closing as (
            select r.end_on, coalesce(arg_max(-b.balance, b.month_start), 0) as owed
            from   review.period r join balance b on b.account_no = '2201' and b.month_start <= r.end_on
            group by r.end_on
        ),
        recent as (
            select coalesce(sum(-p.amount), 0) as settled
            from   posting p join account c on c.account_no = p.contra_account_no and c.is_vat, review.period r
            where  p.account_no = '2201' and not p.is_opening and not p.is_closing
            and    p.booked_on between r.end_on - to_days(cast($due_days as integer)) and r.end_on
        ),
        judged as (
            select c.*, e.settled,
                c.owed - greatest(least(c.owed, greatest(e.settled, 0)), least(e.settled, 0)) as amount
            from   closing c, recent e
        )
        select a.account_no, a.name as account_name, j.end_on as booked_on, j.owed, j.settled as settled_lately,
               cast(abs(j.amount) as decimal(18, 2)) as amount, cast(null as decimal(18, 2)) as vat_effect,
               if(j.amount > 0, 'still owed for a period that is due', 'paid beyond what was settled') as nature
        from   judged j join account a on a.account_no = '2201'
        where  abs(j.amount) > $tolerance
        """,
        tolerance=tolerance,
        due_days=due_days,
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
    notification procedure, which has its own code. With net tax rates I10 asks.

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
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'effective'
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
