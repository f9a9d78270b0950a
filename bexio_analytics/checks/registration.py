"""Family J: the registration, and the return as a whole."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "J05",
    subject="company",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="The VAT number {vat_number} of {name} {reason}",
    references=["Art. 26 Abs. 2 lit. a MWSTG", "eCH-0217 MWST-0009"],
    words=["has a wrong check digit", "is no UID", "lacks the suffix MWST", "is not the UID of the settings"],
)
def vat_number_is_wrong(books: Books, *, suffix: bool = True) -> pl.DataFrame:
    """The company's VAT number is wrong.

    Why it matters: The number stands on every invoice and in the return. With a wrong one customers lose their
    deduction, and the portal of the ESTV refuses the file.

    False positives: Administrative units (ADM) have numbers without check digit in the register and are no VAT numbers.
    suffix = false accepts a number without MWST, TVA or IVA behind it.

    What to do: Compare the number with the UID register and correct it in bexio's company profile.
    """
    return books.sql(
        """
        with judged as (
            select c.*, case
                    when c.uid is null then 'is no UID'
                    when not is_valid_uid then 'has a wrong check digit'
                    when regexp_replace(m.uid, '[^0-9]', '', 'g') <> regexp_replace(c.uid, '[^0-9]', '', 'g')
                        then 'is not the UID of the settings'
                    when $suffix and not has_suffix then 'lacks the suffix MWST'
                end as reason
            from company c left join review.mandate m on true
            where vat_number is not null and vat_number not ilike 'ADM%'
        )
        select j.*, r.end_on as booked_on, cast(null as decimal(18, 2)) as amount,
               cast(null as decimal(18, 2)) as vat_effect
        from   judged j, review.period r
        join   vat_status s on s.year = year(r.end_on) and s.is_vat_subject
        where  reason is not null
        """,
        suffix=suffix,
    )


@check(
    "J06",
    subject="vat_period",
    severity=Severity.LOOK_AT,
    confidence=Confidence.CERTAIN,
    says="The return ends with a credit of CHF {amount}: exports {exports}, purchases of fixed assets {investments}",
    references=["Art. 88 MWSTG"],
    method="effective",
)
def return_with_a_credit(books: Books, *, min_credit: Decimal = Decimal("20.00")) -> pl.DataFrame:
    """The return ends with a credit.

    Why it matters: The ESTV looks at credits first, and asks for the reason. It is better to have it at hand.

    False positives: Exports, investments and the start of a business explain a credit; their amounts are shown beside
    it. Credits below min_credit are left out.

    What to do: Note the reason in the working papers and keep the largest invoices ready.
    """
    return books.sql(
        """
        with line as (
            select z.*, coalesce(tax_on(z.base, v.rate), z.tax) as owed
            from   vat_return z
            join   review.period r on r.period_id = z.period_id
            left join law.ziffer b on b.ziffer = z.ziffer and b.part = 'supply'
            left join law.vat_rate v on v.status = 'law' and v.kind = b.rate_kind and v.valid_from = b.valid_from
        ),
        form as (
            select period_id, any_value(end_on) as booked_on,
                sum(owed) filter (ziffer[:2] in ('30', '31', '34', '38')) as output_tax,
                sum(tax) filter (ziffer in ('400', '405', '410'))
                    - sum(tax) filter (ziffer in ('415', '420')) as input_tax,
                sum(base) filter (ziffer in ('220', '221')) as exports
            from line group by period_id
        )
        select f.period_id, '510' as ziffer, f.booked_on, f.output_tax, f.input_tax, f.exports,
               f.input_tax - f.output_tax as amount, cast(null as decimal(18, 2)) as vat_effect,
               (select coalesce(sum(p.amount), 0.00) from posting p, review.period r
                join account a on a.account_no = p.account_no and a.is_fixed_asset
                where p.booked_on between r.start_on and r.end_on and p.direction in ('input', 'acquisition')
                and p.vat_role = 'base' and p.is_tax_side) as investments
        from   form f
        where  f.input_tax - f.output_tax >= $min_credit
        """,
        min_credit=min_credit,
    )


@check(
    "J07",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Annual filing: {reason} ({detail})",
    references=["Art. 35 Abs. 1bis MWSTG", "Art. 86a MWSTG", "Art. 76a MWSTV"],
    words=["taxable turnover exceeds the limit", "no instalment was paid"],
)
def annual_filing_in_danger(
    books: Books, *, limit: Decimal = Decimal("5005000.00"), grace_days: int = 10
) -> pl.DataFrame:
    """The turnover is too large for annual filing, or an instalment was not paid.

    Why it matters: Who files once a year owes instalments in between, and may only do so up to a taxable turnover of
    limit. Beyond it, or with instalments missing, the ESTV withdraws the permission.

    False positives: The first year has other instalments. An instalment counts as paid if money left for a VAT account
    since the one before, up to grace_days after the due day; its amount is not verified.

    What to do: Pay the instalment, or announce the change to periods of a quarter or half a year.
    """
    return books.sql(
        """
        with paid as (
            select p.booked_on from posting p
            join account a on a.account_no = p.account_no and a.is_vat and p.side = 'debit'
            join account c on c.account_no = p.contra_account_no and c.is_money
        )
        select r.period_id, '500' as ziffer, r.end_on as booked_on, 'no instalment was paid' as reason,
               cast(min(i.due_on) as varchar) as detail, cast(count(*) as decimal(18, 2)) as amount,
               cast(null as decimal(18, 2)) as vat_effect
        from   annual_instalment i join review.period r on i.end_on = r.end_on
        where  i.due_on + to_days(cast($grace_days as integer)) <= (select max(booked_on) from journal_line)
        and    not exists (from paid where booked_on between i.since_on + to_days(cast($grace_days as integer))
                                                         and i.due_on + to_days(cast($grace_days as integer)))
        group  by r.period_id, r.end_on
        union all by name
        select r.period_id, '299' as ziffer, r.end_on as booked_on, 'taxable turnover exceeds the limit' as reason,
               cast(sum(z.base) as varchar) as detail, sum(z.base) as amount, cast(null as decimal(18, 2)) as vat_effect
        from   review.period r
        join   vat_status s on s.year = year(r.end_on) and s.is_annual_reporting and s.is_vat_subject
        join   vat_return z on z.period_id = r.period_id and (z.ziffer[:2] in ('30', '31', '34', '32', '33')
               or z.ziffer in ('220', '221'))
        group  by r.period_id, r.end_on having sum(z.base) > $limit
        """,
        limit=limit,
        grace_days=grace_days,
    )


@check(
    "J09",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{reason}: Ziffer 200 CHF {turnover}, receipts of money CHF {amount}",
    references=["Art. 71 MWSTG", "Art. 72 MWSTG"],
    words=["No turnover is declared although money came in", "The figures are those of the period before"],
)
def return_is_empty_or_unchanged(books: Books, *, min_receipts: Decimal = Decimal("100.00")) -> pl.DataFrame:
    """The return is empty or a copy of the one before.

    Why it matters: A return without turnover beside receipts on the bank, or with the same figures twice, was not made
    from the bookings of the period.

    False positives: A dormant company has no receipts. Money from owners, loans and other accounts of the balance sheet
    is no receipt from customers and does not count, nor do receipts below min_receipts together.

    What to do: Look at the receipts of the period and book what is missing, with its code.
    """
    return books.sql(
        """
        with form as (
            select period_id, any_value(end_on) as end_on, coalesce(sum(base) filter (ziffer = '200'), 0) as turnover,
                sum(abs(base) + abs(tax)) as size, list((ziffer, base, tax) order by ziffer) as figures
            from vat_return group by period_id
        ),
        compared as (
            select f.*, lag(figures) over (order by f.end_on) = figures and size > 0 as is_unchanged from form f
        ),
        received as (
            select coalesce(sum(p.amount), 0) as amount
            from   posting p join review.period r on p.booked_on between r.start_on and r.end_on
            join   account a on a.account_no = p.account_no and a.is_money
            join   account c on c.account_no = p.contra_account_no and (c.is_receivable or c.account_type = 'revenue'
                   or c.is_clearing or c.account_no between '2030' and '2099')
            where  p.side = 'debit' and p.amount > 0 and not p.is_opening and not p.is_closing
        )
        select c.period_id, '200' as ziffer, c.end_on as booked_on, c.turnover, e.amount,
               if(c.turnover = 0, 'No turnover is declared although money came in',
                  'The figures are those of the period before') as reason,
               cast(null as decimal(18, 2)) as vat_effect
        from   compared c join review.period r on r.period_id = c.period_id
        join   vat_status s on s.year = year(c.end_on) and s.is_vat_subject, received e
        where  c.turnover = 0 and e.amount >= $min_receipts or c.is_unchanged and c.turnover <> 0
        """,
        min_receipts=min_receipts,
    )
