"""Family A: does the tax code on a posting make sense?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "A01",
    subject="turnover_posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="CHF {amount} on revenue account {account_no} {account_name} are booked without a tax code and reach no "
    "Ziffer",
    references=["Art. 24 MWSTG", "Art. 33 MWSTG", "Art. 39 MWSTG", "Art. 128 Abs. 2 lit. a MWSTV"],
)
def revenue_without_tax_code(books: Books, *, min_amount: Decimal = Decimal("0.06")) -> pl.DataFrame:
    """Revenue is booked without a tax code.

    Why it matters: Every consideration is turnover and belongs to Ziffer 200, also if it is exempt or excluded. A
    posting without code, or with the code for "no VAT", is missing in the return; it is the most frequent
    correction in a VAT audit.

    False positives: Revenue that is no consideration (a change of an allowance, a posting between two cost centres on
    the same revenue). Changes in stock, own work, exchange gains, accruals against 1300 or 2300 and transfers between
    two revenue accounts are left out, as are years in which the mandate was not registered. Reductions (38xx) are F08's
    and F09's; a prepayment that was taxed at its receipt is no turnover a second time. A mandate with net tax rates
    that codes its revenue once, in the last month of the period, is left out account by account.

    What to do: Look at the document and set the code of the supply. If the consideration includes VAT, the tax is owed
    from the gross amount. An account that never carries consideration is excluded in mandate.toml with
    needs_sales_code = false.
    """
    return books.sql(
        """
        with account_default as (
            select a.account_no, max(t.rate) as rate, max(t.ziffer) as ziffer
            from   account a join tax_code t on t.code = a.default_tax_code and t.direction = 'output'
            group by a.account_no
        )
        select p.posting_id, p.line_id, p.booked_on, p.turnover as amount, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               tax_in(p.turnover, coalesce(d.rate, n.rate)) as vat_effect, coalesce(d.ziffer, n.ziffer) as ziffer
        from   turnover_posting p
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        left join account_default d on d.account_no = p.account_no
        where  abs(p.turnover) >= $min_amount and p.account_no not between '3800' and '3899'
        and    not (p.contra_account_no between '2030' and '2099' and exists (
                   from posting t where t.account_no = p.contra_account_no and t.amount = -p.turnover
                   and t.direction = 'output' and t.vat_role = 'base' and t.booked_on <= p.booked_on))
        and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
        and    (s.method = 'effective' or not exists (
                   from posting e, review.period r where e.account_no = p.account_no and e.direction = 'output'
                   and e.booked_on between date_trunc('month', r.end_on) and r.end_on))
        """,
        min_amount=min_amount,
    )


@check(
    "A03",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Input tax of CHF {vat_effect} is deducted with {tax_code} on account {account_no} {account_name}, which "
    "carries none",
    references=["Art. 28 MWSTG", "Art. 21 Abs. 2 Ziff. 18 and 19 MWSTG", "Art. 18 MWSTG"],
)
def input_tax_on_account_without_vat(books: Books, *, min_amount: Decimal = Decimal("0.06")) -> pl.DataFrame:
    """Input tax is deducted on an account that never carries any.

    Why it matters: Insurance premiums and interest are excluded from VAT, wages, taxes and depreciation are no supply
    at all. What is booked there contains no Swiss VAT, so nothing can be deducted.

    False positives: A taxed service on such an account: broker or advisory fees billed with VAT, goods replaced after
    a damage, a fiduciary's payroll service on a personnel account. Charts with other numbers are configured in
    mandate.toml (never_input = false); training and temporary staff are not concerned. Allowances (1109) are F10's,
    accruals F12's.

    What to do: Ask for the invoice. Without VAT on it, remove the code; with VAT on it, move the posting to an account
    that fits.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.tax_rate, p.evidence, p.document_id,
               tax_on(p.amount, p.tax_rate) as vat_effect, p.ziffer
        from   posting p
        join   account a on a.account_no = p.account_no and a.never_input
        where  p.is_tax_side and p.vat_role = 'base' and p.direction = 'input' and p.ziffer in ('400', '405')
        and    p.tax_rate > 0 and p.tax_rate < 100 and abs(p.amount) >= $min_amount
        and    not p.is_opening and not p.is_closing
        and    p.account_no[:4] <> '1109' and p.account_no[:2] not in ('13', '23')
        and    p.contra_account_no[:4] <> '1109' and p.contra_account_no[:2] not in ('13', '23')
        """,
        min_amount=min_amount,
    )


@check(
    "A04",
    subject="posting",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="{tax_code} on account {account_no} {account_name} points the wrong way: CHF {amount} are a {nature}",
    references=["Art. 24 MWSTG", "Art. 28 MWSTG", "Art. 71 MWSTG"],
    words=["purchase", "sale"],
)
def code_of_the_other_direction(books: Books, *, min_amount: Decimal = Decimal("0.06")) -> pl.DataFrame:
    """A sales code stands on a purchase, or an input code on revenue.

    Why it matters: A sales code puts the amount into turnover, an input code into the deduction. On the wrong side both
    Ziffern are wrong; where bexio booked the tax to the wrong account as well, the tax due is off by up to twice the
    tax.

    False positives: Reductions and refunds on the other side of the account are right and are left out: purchase
    discounts, cost refunds, the sale of an asset with a sales code (credit on 15xx), discounts granted (debit on
    3800).

    What to do: Set the code of the right direction on the document or the manual entry. The VAT effect compares what
    the return says with what it would say with the mirrored code; it is zero where only the Ziffern are wrong.
    """
    return books.sql(
        """
        with mismatch as (
            select p.*, a.never_input, if(p.direction = 'output', 'purchase', 'sale') as nature
            from   misdirected_posting m
            join   posting p on p.posting_id = m.posting_id
            join   account a on a.account_no = p.account_no
            where  abs(p.amount) >= $min_amount
        )
        select m.posting_id, m.line_id, m.booked_on, abs(m.amount) as amount, m.account_no, m.account_name,
               m.contra_account_no, m.document_no, m.contact_name, m.description, m.tax_code, m.tax_rate, m.nature,
               m.document_id, m.ziffer,
               cast(case when m.never_input then 0 else tax_on(-m.amount, m.tax_rate) end
                    - case when m.direction = 'output' then tax_on(-m.amount, m.tax_rate)
                           else -sign(v.input_tax) * tax_on(abs(m.amount), m.tax_rate) end
                    as decimal(18, 2)) as vat_effect
        from   mismatch m
        join   vat_line v on v.vat_line_id = m.vat_line_id
        """,
        min_amount=min_amount,
    )


@check(
    "A11",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="Code {tax_code} {reason}: CHF {amount} with CHF {tax} VAT",
    references=["Art. 71 MWSTG"],
    words=["is unknown", "reaches no Ziffer", "had expired"],
)
def tax_code_without_ziffer(books: Books) -> pl.DataFrame:
    """A tax code is unknown, reaches no Ziffer, or had expired.

    Why it matters: Only the Ziffer of a code decides where an amount enters the return. A code nobody knows, or one
    with a rate but without Ziffer, is booked on the VAT accounts and missing in the return.

    False positives: Codes for "no VAT" (V00, U00) have a rate of zero and are left out. A code can have expired between
    the supply and the booking; the date of the document decides here. A code whose rate did not exist is B01's.

    What to do: Give the code a Ziffer in bexio, or name it in mandate.toml under [tax_codes]; book expired codes anew
    with their successor.
    """
    return books.sql(
        """
        with judged as (
            select v.*,
                case
                    when v.tax_id is null then 'is unknown'
                    when v.rate <> 0 and coalesce(v.ziffer, '') in ('', '000') then 'reaches no Ziffer'
                    when v.supplied_on > t.valid_till and (v.rate in (0, 100) or exists (
                        from law.vat_rate r where r.status = 'law' and r.rate = v.rate
                        and v.supplied_on between r.valid_from and coalesce(r.valid_till, v.supplied_on)))
                        then 'had expired'
                end as reason
            from vat_line v left join tax_code t on t.tax_id = v.tax_id
        )
        select vat_line_id, booked_on, net as amount, tax, tax_code, reason, account_nos, document_no, contact_name,
               description, kind, evidence, printed_rate, supplied_on, document_id,
               case when tax_kind like 'pre_%material' then '400' when tax_kind like 'pre_%' then '405' else ziffer end
                   as ziffer,
               case when reason = 'had expired' then 0.00 when direction = 'output' then tax else -tax end as vat_effect
        from   judged
        where  reason is not null
        """
    )


@check(
    "A12",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="Code {tax_code} stands for {expected_rate} % and is printed with {printed_rate} % on CHF {amount}",
    references=["Art. 25 MWSTG", "Art. 27 Abs. 2 MWSTG"],
)
def code_with_two_rates(books: Books, *, tolerance: Decimal = Decimal("0.01")) -> pl.DataFrame:
    """A code is printed with another percentage than it stands for.

    Why it matters: The return is computed with the rate of the code, the customer or supplier saw the printed one. Tax
    shown too high is owed as shown; tax shown too low does not reduce what is owed.

    False positives: None by rounding of the display (7.7 and 7.70 are the same). A code without a rate of its own is
    compared with the percentage it is usually printed with in the period.

    What to do: Open the document. Correct it towards the customer, or set the code whose rate is printed. The VAT
    effect is the tax shown beyond the code's rate, on purchases what is deducted beyond the printed rate.
    """
    return books.sql(
        """
        with expected as (
            select v.*, coalesce(v.rate, mode(v.printed_rate) over (partition by v.tax_code)) as expected_rate
            from   vat_line v, review.period r
            where  v.booked_on between r.start_on and r.end_on
        )
        select vat_line_id, booked_on, net as amount, tax, tax_code, printed_rate, expected_rate, account_nos,
               document_no, contact_name, description, kind, document_id, ziffer,
               case
                   when direction = 'output' and printed_rate > expected_rate
                       then tax_on(net, printed_rate - expected_rate)
                   when direction = 'input' then tax - tax_on(net, printed_rate)
                   else 0.00
               end as vat_effect
        from   expected
        where  abs(printed_rate - expected_rate) >= $tolerance
        """,
        tolerance=tolerance,
    )
