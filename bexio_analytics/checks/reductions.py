"""Family F, third part: discounts, losses, allowances, prepayments and accruals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "F08",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Reduction of CHF {amount} on {account_no} {account_name} {reason}",
    references=["Art. 24 MWSTG", "Art. 41 MWSTG"],
    words=[
        "carries no tax code",
        "carries a code of the other direction",
        "is deducted a second time in Ziffer 235",
    ],
)
def reduction_without_its_code(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.06"),
    untaxed: str = "überschuss|prämie|prime|versicherung|assurance|insurance|zins|kurs",
) -> pl.DataFrame:
    """A discount or rebate does not carry the code of the supply it reduces.

    Why it matters: A discount to a customer reduces turnover and tax, one from a supplier reduces the deduction.
    Without the code of the supply the tax stays as if nothing had been reduced; declared twice, it is reduced twice.

    False positives: Discounts on supplies without VAT: documents on which bexio computed none, suppliers abroad, and
    texts that match untaxed, such as a share in an insurer's surplus. Losses on receivables (3805) are F09's.

    What to do: Set the code of the sale on 38xx, the input code on 49xx. Use Ziffer 235 only where 200 is gross of it.
    """
    return books.sql(
        """
        with reduced as (
            select o.amount, min(o.posting_id) as one, max(o.posting_id) as other
            from   reduction o join review.period w on o.booked_on between w.start_on and w.end_on
            where  o.is_sale and o.direction = 'output' and o.tax_rate > 0 and o.last_box <> '235'
            group by o.amount
        ),
        judged as (
            select r.*, case
                    when last_box = '235' and (d.one <> r.posting_id or d.other <> r.posting_id)
                        then 'is deducted a second time in Ziffer 235'
                    when (direction = 'input') = is_sale and direction in ('input', 'output') and tax_rate > 0
                        and posting_id not in (select posting_id from misdirected_posting)
                        then 'carries a code of the other direction'
                    when tax_code is null and has_vat
                        and not regexp_matches(lower(concat_ws(' ', description, contact_name)), $untaxed)
                        then 'carries no tax code'
                end as reason
            from reduction r left join reduced d on d.amount = r.amount where abs(r.amount) >= $min_amount
        )
        select j.* replace (abs(j.amount) as amount), if(j.is_sale, n.ziffer, '400') as ziffer,
               case when j.last_box = '235' then tax_on(abs(j.amount), n.rate)
                    when j.reason = 'carries no tax code' then -tax_in(j.amount, n.rate) else 0.00 end as vat_effect
        from   judged j
        join   vat_status s on s.year = year(j.booked_on) and s.is_vat_subject and s.method = 'effective'
        join   law.normal_rate n on j.booked_on between n.valid_from and n.valid_till
        where  j.reason is not null
        """,
        min_amount=min_amount,
        untaxed=untaxed,
    )


@check(
    "F09",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Loss on receivables of CHF {amount}: {reason}",
    references=["Art. 41 MWSTG", "Art. 44 MWSTG"],
    words=["tax is taken back without a sign that the loss is definitive", "the tax of the sale is not taken back"],
    basis="agreed",
    method="effective",
)
def loss_on_receivable_unclear(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    definitive: str = "konkurs|verlustschein|nachlass|insolven|betreib|pfänd|pfaend|uneinbring|liquidation|faillite|"
    "acte de défaut|poursuite|concordat|fallimento|bankrupt|write-off|abgeschrieben|ausbuchung",
) -> pl.DataFrame:
    """A loss on receivables takes tax back without proof, or not at all.

    Why it matters: The tax of a sale comes back when the customer definitively does not pay. Taken back too early it is
    owed again; not taken back at all, too much tax was paid.

    False positives: Sales that never were taxed, such as exports; bookings against the allowance (1109) are no loss
    yet. A text that matches definitive (bankruptcy, certificate of loss, debt collection) is taken as proof. Under
    collected consideration nothing was taxed, and the question is not asked.

    What to do: Ask for the certificate of loss or the correspondence. A later payment is taxed again.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id, n.ziffer,
               if(p.tax_code is null, 'the tax of the sale is not taken back',
                  'tax is taken back without a sign that the loss is definitive') as reason,
               if(p.tax_code is null, -tax_in(p.amount, n.rate), tax_on(p.amount, p.tax_rate)) as vat_effect
        from   posting p
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        left join document d on d.document_id = p.document_id
        where  p.account_no[:4] = '3805' and p.contra_account_no[:4] <> '1109' and p.amount >= $min_amount
        and    not p.is_vat_row and not p.is_opening and not p.is_closing and coalesce(d.has_vat, true)
        and    coalesce(p.contact_is_domestic, true)
        and    (p.tax_code is null or p.direction = 'output' and p.tax_rate > 0
                and not regexp_matches(lower(coalesce(p.description, '')), $definitive))
        """,
        min_amount=min_amount,
        definitive=definitive,
    )


@check(
    "F10",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.CERTAIN,
    says="Change of the allowance for doubtful receivables of CHF {amount} carries {tax_code}",
    references=["Art. 41 MWSTG"],
)
def allowance_with_tax_code(books: Books, *, min_amount: Decimal = Decimal("0.06")) -> pl.DataFrame:
    """A change of the allowance for doubtful receivables carries a tax code.

    Why it matters: An allowance is an estimate. The tax is reduced when the loss is definitive, never by setting money
    aside.

    False positives: None. Amounts below min_amount have no tax.

    What to do: Remove the code from the entry on 1109.
    """
    return books.sql(
        """
        select posting_id, line_id, booked_on, amount, account_no, account_name, contra_account_no, document_no,
               contact_name, description, tax_code, kind, document_id, ziffer, tax_on(amount, tax_rate) as vat_effect
        from   posting
        where  is_tax_side and vat_role = 'base' and '1109' in (account_no[:4], contra_account_no[:4])
        and    tax_rate > 0 and tax_rate < 100 and abs(amount) >= $min_amount and not is_opening and not is_closing
        """,
        min_amount=min_amount,
    )


@check(
    "F11",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Prepayment of CHF {amount} on {account_no} {account_name} {reason}",
    references=["Art. 40 Abs. 1 lit. c MWSTG", "Art. 128 Abs. 2 lit. e MWSTV"],
    words=["is received without a tax code", "is taxed again: the final invoice does not take it back"],
)
def prepayment_not_taxed_once(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    deposits: str = "depot|dépôt|kaution|caution|garantie|pfand|mietzinsdepot|doppelzahlung|überzahlung|rückzahlung|"
    "gutschein|bon cadeau|deposit",
    final: str = "schlussrechnung|schlussabrechnung|endabrechnung|facture finale|décompte final|final invoice",
    max_days: int = 730,
) -> pl.DataFrame:
    """A prepayment is not taxed when it is received, or taxed twice.

    Why it matters: The tax on a prepayment is due when the money or the invoice for it arrives. The final invoice then
    takes it back, so that it is taxed once.

    False positives: Deposits and guarantees that are paid back, vouchers and overpayments (texts that match deposits).
    A final invoice is recognised by its text (final), of the same customer within max_days after a taxed prepayment
    that nothing has taken back since.

    What to do: Set the sales code on the receipt, or the same code on the line of the final invoice that takes it back.
    """
    return books.sql(
        """
        with advance as (
            select * from posting where account_no between '2030' and '2099' and not is_vat_row
            and    not is_opening and not is_closing and abs(amount) >= $min_amount
        ),
        finding as (
            select p.*, 'is received without a tax code' as reason, -p.amount as prepaid
            from   advance p
            join   account c on c.account_no = p.contra_account_no and (c.is_money or c.is_receivable)
            left join document d on d.document_id = p.document_id
            where  p.amount < 0 and coalesce(d.has_vat, true) and coalesce(p.contact_is_domestic, true)
            and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
            and    not regexp_matches(lower(coalesce(p.description, '')), $deposits)
            union all by name
            select f.*, 'is taxed again: the final invoice does not take it back' as reason, -p.amount as prepaid
            from   advance p
            join   posting f on f.contact_id = p.contact_id and f.account_type = 'revenue' and f.is_tax_side
            and    f.vat_role = 'base' and f.tax_rate > 0 and f.amount < 0 and f.booked_on >= p.booked_on
            and    f.booked_on <= p.booked_on + to_days(cast($max_days as integer))
            and    regexp_matches(lower(f.description), $final)
            where  p.amount < 0 and p.direction = 'output' and p.tax_rate > 0
            and    not exists (from advance b where b.account_no = p.account_no and b.amount > 0
                               and b.contact_id = p.contact_id and b.booked_on >= p.booked_on)
            qualify row_number() over (partition by p.posting_id order by f.booked_on, f.amount, f.line_id) = 1
        )
        select f.* replace (prepaid as amount, n.ziffer as ziffer),
               tax_in(prepaid, n.rate) * if(reason = 'is received without a tax code', 1, -1) as vat_effect
        from   finding f
        join   vat_status s on s.year = year(f.booked_on) and s.is_vat_subject and s.method = 'effective'
        join   law.normal_rate n on f.booked_on between n.valid_from and n.valid_till
        qualify row_number() over (partition by posting_id order by prepaid desc) = 1
        """,
        min_amount=min_amount,
        deposits=deposits,
        final=final,
        max_days=max_days,
    )


@check(
    "F12",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.LIKELY,
    says="Accrual of CHF {amount} between {account_no} and {contra_account_no} carries {tax_code}",
    references=["Art. 40 MWSTG"],
)
def accrual_with_tax_code(
    books: Books, *, min_amount: Decimal = Decimal("0.06"), reversal_days: int = 130
) -> pl.DataFrame:
    """An accrual carries a tax code.

    Why it matters: Tax arises with the invoice, not with the closing entry. With a code on the accrual the same tax
    enters the return twice: now, and again with the invoice.

    False positives: An accrual that is reversed with the same code within reversal_days cancels out over time and is
    left out, with its reversal.

    What to do: Remove the code from the entry on 1300 or 2300.
    """
    return books.sql(
        """
        with accrual as (
            select *, least(account_no, contra_account_no) || greatest(account_no, contra_account_no) as accounts
            from   posting
            where  is_tax_side and vat_role = 'base' and tax_rate > 0 and tax_rate < 100 and abs(amount) >= $min_amount
            and    (account_no[:2] in ('13', '23') or contra_account_no[:2] in ('13', '23'))
            and    not is_opening and not is_closing
        )
        select a.posting_id, a.line_id, a.booked_on, a.amount, a.account_no, a.account_name, a.contra_account_no,
               a.document_no, a.contact_name, a.description, a.tax_code, a.kind, a.document_id, a.ziffer,
               tax_on(a.amount, a.tax_rate) as vat_effect
        from   accrual a
        where  not exists (
            from accrual b where b.tax_code = a.tax_code and b.amount = -a.amount and b.accounts = a.accounts
            and  b.booked_on between a.booked_on - to_days(cast($reversal_days as integer))
                                 and a.booked_on + to_days(cast($reversal_days as integer)))
        """,
        min_amount=min_amount,
        reversal_days=reversal_days,
    )
