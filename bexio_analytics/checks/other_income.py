"""Family F, fourth part: income that stands where nobody looks for turnover (Art. 128 Abs. 2 MWSTV)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books

REFUNDS = (
    "rückerst|rueckerst|rückverg|rueckverg|rückzahl|rueckzahl|gutschrift|storno|stornier|korrektur|berichtigung|"
    "fehlbuchung|rembours|ristourne|note de crédit|annulation|rimbors|storno|nota di credito|refund|reimburs|reversal|"
    "credit note|versicherung|assurance|assicurazion|insurance|taggeld|indemnité journ|indennità giornal|"
    "ausgleichskasse|caisse de compensation|cassa di compensazione|\\bsuva\\b|\\beo\\b|\\bapg\\b|\\bipg\\b|kurzarbeit|"
    "mutterschaft|krankenkasse|unfallvers|arbeitslosenkasse|überschuss|co2-?abgabe|steuerverwaltung|kaution|depot"
)
"""Money that comes back, and payments of insurers: no consideration for a supply (regular expression, lower case)."""

RELATED = (
    "aktionär|gesellschafter|nahesteh|nahe stehend|konzernges|gruppenges|tochterges|mutterges|schwesterges|"
    "kontokorrent (inhaber|privat)|actionnaire|\\bassociés?\\b|société (mère|sœur|soeur)|filiale|azionist|"
    "\\bsoci[oa]?\\b|"
    "shareholder|related part|group compan|intercompany"
)
"""Names of current accounts and loans with owners and companies of the same group."""

PRIVATE_SHARES = (
    "privat-?(anteil|gebrauch|nutzung|verbrauch)|eigen(verbrauch|gebrauch)|naturalbez|part[s]? privée|"
    "prélèvements? en nature|quot[ae] privat|prelievi in natura|private (share|use)|own use"
)
"""Own use by the owner: F15's where it carries no code."""

ONE_GIFT = (
    "\\bgeschenk\\b|dienstaltersgeschenk|jubiläumsgeschenk|abschiedsgeschenk|hochzeitsgeschenk|geburtstagsgeschenk|"
    "\\bgeschenk an\\b|\\bcadeau\\b|\\bregalo\\b|\\bgift\\b"
)
"""A gift in the singular: one person."""

PAYMENT_PROVIDERS = (
    "stripe|\\btwint\\b|sumup|paypal|worldline|six payment|datatrans|payrexx|wallee|adyen|mollie|klarna|zettle|"
    "\\bnexi\\b|"
    "concardis|postfinance checkout|saferpay|kartenterminal|zahlungsanbieter|zahlungsdienst|prestataire de paiement|"
    "terminal de paiement|payment provider"
)
"""Who collects card and online payments and keeps a fee."""

FEES = (
    "gebühr|kommission|disagio|transaktionskost|kartenspesen|kreditkartenspesen|\\bfees?\\b|commission|frais de carte|"
    "commissioni|acquiring"
)
"""What the fee is called."""

VOUCHERS = "gutschein|geschenkkarte|bons? cadeaux?|carte cadeau|chèque cadeau|buono regalo|voucher|gift card"
"""Vouchers for an amount."""

DEPOSITS = "\\bpfand|\\bdepots?\\b|depotgeld|depotgebinde|kaution|consigne|\\bcaution\\b|cauzion|\\bdeposit\\b"
"""What is paid back when something is returned (Art. 18 Abs. 2 lit. h MWSTG)."""

TAXED_ANYWAY = (
    "einlös|eingelös|rabatt|aktion|utilis|encaiss|échang|riscatt|redeem|leistungsgutschein|eintritt|miete|loyer|affitto|"
    "lagerung|gebühr|wertschriften"
)
"""Vouchers that are redeemed, or for a certain supply; rooms called depot, and fees."""


@check(
    "F13",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} received are credited to expense account {account_no} {account_name} without a tax code: "
    "{description}",
    references=["Art. 18 MWSTG", "Art. 24 MWSTG", "Art. 128 Abs. 2 lit. b MWSTV"],
)
def income_on_expense_account(
    books: Books, *, min_amount: Decimal = Decimal("5.00"), refund_days: int = 180, refunds: str = REFUNDS
) -> pl.DataFrame:
    """Income is credited to an expense account.

    Why it matters: Staff lent out, premises sublet, costs charged on and scrap sold are turnover. Credited to the
    expense they relate to, they lower the cost and appear in no list of turnover, which is why the ESTV looks for them.

    False positives: Refunds and payments of insurers are no consideration. A credit is left out if its text or payer
    matches refunds, or if the same amount, or from the same contact at least as much, was debited to the account within
    refund_days before. Wages paid back by insurers, insurance, interest, depreciation and taxes are not looked at, nor
    credits that carry a code. Reductions (49xx) are F08's, private shares F15's, current accounts with owners F14's.

    What to do: Ask what the money was for. If it pays for a supply, book it on a revenue account with the sales code;
    if it is a refund, set the input code of the purchase.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, -p.amount as amount, p.account_no, p.account_name,
               p.contra_account_no, p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id,
               tax_in(-p.amount, n.rate) as vat_effect, n.ziffer
        from   posting p
        join   account a on a.account_no = p.account_no and a.account_type = 'expense'
        join   account c on c.account_no = p.contra_account_no
                        and (c.is_money or c.is_receivable and p.contra_account_no[:3] = '110')
        join   vat_status s on s.year = year(p.booked_on) and s.is_vat_subject and s.method = 'effective'
        join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
        where  p.amount <= -$min_amount and not p.is_opening and not p.is_closing and not p.is_vat_row
        and    (p.tax_code is null or p.tax_rate = 0 and coalesce(p.ziffer, '000') = '000')
        and    p.account_no[1] in ('4', '5', '6') and p.account_no[:2] not in ('49', '68', '69')
        and    p.account_no[:4] not between '6300' and '6399' and (p.account_no[:2] <> '57' or not c.is_money)
        and    not regexp_matches(lower(concat_ws(' ', p.contact_name, p.description)), $refunds)
        and    p.posting_id not in (select posting_id from private_share)
        and    not exists (
            from posting b where b.account_no = p.account_no and b.amount = -p.amount
            and  b.booked_on between p.booked_on - to_days(cast($refund_days as integer)) and p.booked_on)
        and    not exists (
            from posting b where b.account_no = p.account_no and b.contact_id = p.contact_id and b.amount > -p.amount
            and  b.booked_on between p.booked_on - to_days(cast($refund_days as integer)) and p.booked_on)
        """,
        min_amount=min_amount,
        refund_days=refund_days,
        refunds=refunds,
    )


@check(
    "F14",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} on {account_no} {account_name} against {contra_account_no} {contra_account_name}: {reason}",
    references=["Art. 24 Abs. 2 MWSTG", "Art. 26 MWSTG", "Art. 128 Abs. 2 lit. c MWSTV"],
    words=[
        "a sale to a related party is set off without an invoice",
        "cost is charged on to a related party without tax",
        "input tax is deducted on a charge of a related party without an invoice",
    ],
)
def related_party_set_off(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    min_charge: Decimal = Decimal("1000.00"),
    reversal_days: int = 180,
    related: str = RELATED,
    private_shares: str = PRIVATE_SHARES,
) -> pl.DataFrame:
    """A supply to or from a related party is set off over its current account.

    Why it matters: Supplies to owners and companies of the group are taxed at the price a third party would pay. Booked
    against a current account (1160, 2160) without an invoice, they are easily forgotten, priced too low, or deducted
    without proof.

    False positives: Accounts are recognised by their number or by a name that matches related. Private shares (F15
    where the code is missing), reversals of cost without input tax and interest are left out, and so are charges below
    min_charge, such as receipts the owner has paid. Revenue without a code is A01's. Members of a VAT group do not tax
    supplies among themselves. The market price is not in the books: for sales no effect is stated.

    What to do: Ask for the agreement and the invoice, and compare the price with what a third party pays.
    """
    return books.sql(
        """
        with judged as (
            select p.*, c.name as contra_account_name, a.never_input, n.rate, n.ziffer as sales_ziffer, case
                when a.needs_sales_code and p.amount < 0 and p.direction = 'output' and p.kind <> 'invoice'
                    and coalesce(p.ziffer, '000') <> '000'
                    then 'a sale to a related party is set off without an invoice'
                when p.account_type = 'expense' and p.amount < 0 and coalesce(p.tax_rate, 0) = 0
                    and p.account_no[:2] <> '69' then 'cost is charged on to a related party without tax'
                when p.account_type = 'expense' and p.amount >= $min_charge and p.direction = 'input'
                    and p.tax_rate > 0 and p.kind in ('manual_entry', 'export', 'other')
                    then 'input tax is deducted on a charge of a related party without an invoice' end as reason
            from   posting p
            join   account a on a.account_no = p.account_no
            join   account c on c.account_no = p.contra_account_no and not c.is_money and c.account_no[:3] <> '110'
            and    (p.contra_account_no[:3] in ('116', '216') or regexp_matches(lower(c.name), $related))
            join   law.normal_rate n on p.booked_on between n.valid_from and n.valid_till
            join   review.period r on p.booked_on between r.start_on and r.end_on
            where  not p.is_vat_row and not p.is_opening and not p.is_closing and abs(p.amount) >= $min_amount
            and    not regexp_matches(lower(p.account_name || ' ' || coalesce(p.description, '')), $private_shares)
        )
        select j.* replace (abs(j.amount) as amount, if(j.amount > 0, j.ziffer, j.sales_ziffer) as ziffer),
               case when j.amount > 0 then tax_on(j.amount, j.tax_rate)
                    when j.account_type = 'expense' then tax_in(-j.amount, j.rate) end as vat_effect
        from   judged j
        join   vat_status s on s.year = year(j.booked_on) and s.is_vat_subject and s.method = 'effective'
        where  j.reason is not null and not (j.account_type = 'expense' and j.amount < 0 and exists (
            from posting b where b.account_no = j.account_no and b.amount = -j.amount and b.vat_role is null
            and  b.booked_on between j.booked_on - to_days(cast($reversal_days as integer)) and j.booked_on))
        """,
        min_amount=min_amount,
        min_charge=min_charge,
        reversal_days=reversal_days,
        related=related,
        private_shares=private_shares,
    )


@check(
    "F15",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} on {account_no} {account_name}: {reason} ({description})",
    references=["Art. 24 MWSTG", "Art. 31 Abs. 2 lit. a und c MWSTG", "Art. 47 MWSTV", "Art. 128 Abs. 2 lit. g MWSTV"],
    words=[
        "a private share or benefit in kind without a tax code",
        "one gift above the limit per person and year, with input tax",
    ],
)
def benefit_in_kind_without_tax(
    books: Books,
    *,
    min_amount: Decimal = Decimal("20.00"),
    habit_days: int = 365,
    one_gift: str = ONE_GIFT,
) -> pl.DataFrame:
    """A benefit in kind for owners, staff or friends of the house carries no tax.

    Why it matters: What owners and staff use of the company is a supply, or takes back the input tax on it. Booked
    against wages or a current account without a code it reaches no Ziffer. Gifts have a business reason without proof
    up to a limit per person and year only; beyond it the input tax is in question.

    False positives: Private shares of cost that never carries input tax owe none: the account must have had input tax
    within habit_days before. Own use on revenue accounts without a code is A01's, shares that are missing altogether
    are D09's and D10's. A gift counts if its text names one in the singular; several presents in one booking, and the
    persons, cannot be told apart.

    What to do: Set the sales code (staff, shareholders) or the code for own use, Ziffer 415 (sole proprietors). For a
    gift ask who received it and why.
    """
    return books.sql(
        """
        with taxed as (
            select account_no, max(booked_on) as last_on from posting
            where  direction = 'input' and tax_rate > 0 and vat_role = 'base' group by account_no
        ),
        found as (
            select p.*, 'a private share or benefit in kind without a tax code' as reason, -p.amount as worth
            from   private_share h join posting p on p.posting_id = h.posting_id
            join   account a on a.account_no = p.account_no and not a.needs_sales_code
            left join taxed t on t.account_no = p.account_no
            where  h.tax = 0 and p.amount < 0 and coalesce(p.tax_rate, 0) = 0 and coalesce(p.ziffer, '000') = '000'
            and    (a.account_type = 'revenue' or t.last_on > p.booked_on - to_days(cast($habit_days as integer)))
            union all by name
            select p.*, 'one gift above the limit per person and year, with input tax' as reason, p.amount as worth
            from   posting p join account a on a.account_no = p.account_no and not a.is_goods
            join   law.limit g on g.name = 'gift_per_person'
            where  p.account_type = 'expense' and p.vat_role = 'base' and p.direction = 'input' and p.tax_rate > 0
            and    p.amount + tax_on(p.amount, p.tax_rate) > g.amount
            and    regexp_matches(lower(p.description), $one_gift)
        )
        select f.* replace (f.worth as amount, coalesce(f.ziffer, n.ziffer) as ziffer),
               if(f.amount > 0, tax_on(f.amount, f.tax_rate), tax_in(f.worth, n.rate)) as vat_effect
        from   found f join law.normal_rate n on f.booked_on between n.valid_from and n.valid_till
        join   vat_status s on s.year = year(f.booked_on) and s.is_vat_subject and s.method = 'effective'
        where  f.worth >= $min_amount
        """,
        min_amount=min_amount,
        habit_days=habit_days,
        one_gift=one_gift,
    )


@check(
    "F19",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Payouts of {provider} over CHF {amount} are booked as revenue and no fee is: at {fee_percent} % turnover is "
    "short by CHF {fee}",
    references=["Art. 24 Abs. 1 MWSTG", "Art. 70 MWSTG", "Art. 128 Abs. 2 lit. f MWSTV"],
)
def payment_provider_booked_net(
    books: Books,
    *,
    min_amount: Decimal = Decimal("100.00"),
    fee_percent: Decimal = Decimal("1.5"),
    fee_days: int = 120,
    providers: str = PAYMENT_PROVIDERS,
    fees: str = FEES,
) -> pl.DataFrame:
    """Payouts of a payment provider are booked as revenue, net of its fee.

    Why it matters: Consideration is what the customer pays. Providers of card and online payments keep their fee and
    pay out the rest: booked as it arrives, turnover is too low by the fee. Fees from Ireland or Luxembourg are subject
    to acquisition tax besides (E01).

    False positives: Providers that pay out in full and send an invoice. A cost that names the provider, or a fee or
    commission in the same booking, within fee_days before the end of the period shows that fees are booked. Reserves
    and chargebacks explain differences too. The fee is an estimate by fee_percent. Receipts that are missing in the
    books altogether cannot be seen: bexio's interface has no bank statements.

    What to do: Get the provider's statements, book the gross sales with their code and the fee as cost.
    """
    return books.sql(
        """
        with named as (
            select p.*, regexp_extract(lower(concat_ws(' ', p.contact_name, p.description)), $providers) as provider,
                   regexp_matches(lower(p.account_name || ' ' || coalesce(p.description, '')), $fees) as is_fee
            from   posting p, review.period r
            where  p.booked_on between r.end_on - to_days(cast($fee_days as integer)) and r.end_on
            and    not p.is_vat_row and not p.is_opening and not p.is_closing
        ),
        payout as (
            select n.* from named n
            join   account a on a.account_no = n.account_no and a.needs_sales_code
            join   account c on c.account_no = n.contra_account_no and (c.is_money or c.is_clearing)
            join   vat_status s on s.year = year(n.booked_on) and s.is_vat_subject and s.method = 'effective'
            where  n.provider <> '' and n.amount < 0 and n.booked_on >= (select start_on from review.period)
        ),
        billed as (
            select provider from named where account_type = 'expense' and amount > 0 and provider <> ''
            union select provider from payout
            where  entry_id in (select entry_id from named where account_type = 'expense' and amount > 0 and is_fee)
        ),
        summed as (
            select provider, max_by(p, (booked_on, line_id)) as last, cast(-sum(amount) as decimal(18, 2)) as amount,
                   count(*) as payouts
            from   payout p where provider not in (select provider from billed) group by provider
        )
        select last.posting_id, last.line_id, last.booked_on, m.provider, m.amount, m.payouts, last.account_no,
               last.contra_account_no, last.description, last.tax_code, last.document_id, $fee_percent as fee_percent,
               share_of(m.amount, $fee_percent, 100 - $fee_percent) as fee, n.ziffer,
               tax_in(share_of(m.amount, $fee_percent, 100 - $fee_percent), n.rate) as vat_effect
        from   summed m join law.normal_rate n on last.booked_on between n.valid_from and n.valid_till
        where  m.amount >= $min_amount
        """,
        min_amount=min_amount,
        fee_percent=fee_percent,
        fee_days=fee_days,
        providers=providers,
        fees=fees,
    )


@check(
    "F20",
    subject="posting",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} with {tax_code} are {nature}, which is no consideration: {description}",
    references=["Art. 18 Abs. 2 MWSTG", "Art. 24 MWSTG"],
    words=["a voucher sold", "a deposit", "a tip", "a difference of the till"],
)
def no_consideration_taxed(
    books: Books,
    *,
    min_amount: Decimal = Decimal("1.00"),
    vouchers: str = VOUCHERS,
    deposits: str = DEPOSITS,
    tips: str = "trinkgeld|pourboire|\\bmancia|\\bmance\\b|\\btips?\\b",
    differences: str = "kassen(differenz|manko|überschuss)|differenz kasse|différence de caisse|differenza cass",
    taxed: str = TAXED_ANYWAY,
) -> pl.DataFrame:
    """A voucher, deposit, tip or difference of the till is taxed like a sale.

    Why it matters: A voucher for an amount is money in another form: the supply is taxed when it is redeemed, otherwise
    twice. Deposits that are paid back, tips passed on to the staff and differences of the till pay for nothing.

    False positives: A voucher for a certain supply is taxed when it is sold, and a depot may be a warehouse; texts that
    match taxed are left out. Deposits that are kept, and tips the house keeps, are turnover. Differences on the
    rounding account are C03's, and amounts without a code are in order here.

    What to do: Book vouchers and deposits to a liability without a code (2030, 2210), tips to the staff's account, and
    differences of the till to an expense without a code.
    """
    return books.sql(
        """
        with named as (
            select p.*, lower(concat_ws(' ', p.account_name, p.description)) as words
            from   posting p join review.period r on p.booked_on between r.start_on and r.end_on
            where  p.is_tax_side and p.vat_role = 'base' and p.direction = 'output' and p.tax_rate > 0
            and    p.account_no[:2] <> '38' and p.account_no[:4] <> '6945' and not p.is_opening and not p.is_closing
        ),
        judged as (
            select *, case when regexp_matches(words, $differences) then 'a difference of the till'
                           when amount > 0 then null
                           when regexp_matches(words, $vouchers) and not regexp_matches(words, $taxed)
                               then 'a voucher sold'
                           when regexp_matches(words, $tips) then 'a tip'
                           when regexp_matches(words, $deposits) and not regexp_matches(words, $taxed)
                               then 'a deposit' end as nature
            from   named
        )
        select posting_id, line_id, booked_on, abs(amount) as amount, nature, account_no, account_name,
               contra_account_no, document_no, contact_name, description, tax_code, kind, document_id, ziffer,
               tax_on(amount, tax_rate) as vat_effect
        from   judged
        where  nature is not null and abs(amount) >= $min_amount
        """,
        min_amount=min_amount,
        vouchers=vouchers,
        deposits=deposits,
        tips=tips,
        differences=differences,
        taxed=taxed,
    )
