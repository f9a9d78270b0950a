"""Family D: may the input tax be deducted?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "D04",
    subject="vat_line",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.LIKELY,
    says="Swiss input tax of CHF {vat_effect} is deducted on a purchase from {contact_name} ({contact_country})",
    needs=["contact"],
    references=["Art. 28 MWSTG", "Art. 45 MWSTG", "Art. 50 MWSTG"],
)
def swiss_input_tax_of_foreign_supplier(books: Books, *, min_tax: Decimal = Decimal("0.05")) -> pl.DataFrame:
    """Swiss input tax is deducted on a purchase from a foreign supplier.

    Why it matters: Only Swiss VAT can be deducted. A supplier abroad charges none: goods are taxed by customs at the
    border, services are taxed with the acquisition tax, and foreign VAT is refunded abroad if at all.

    False positives: Foreign firms that are registered in Switzerland and show a CHE number with MWST. Known numbers
    (in the contact's remarks, name or address supplement, or in mandate.toml) are respected. Liechtenstein is domestic.
    Goods (class 4 goods, stock, movable assets) are E08's.

    What to do: Look at the invoice. With a Swiss VAT number record it on the contact; without one remove the code, and
    for a service declare the acquisition tax (Ziffer 383) instead.
    """
    return books.sql(
        """
        select vat_line_id, booked_on, gross as amount, net, tax, rate, tax_code, contact_name, contact_country,
               account_nos, document_no, description, kind, evidence, document_id, ziffer,
               tax_in(gross, rate) as vat_effect
        from   vat_line
        where  direction = 'input' and rate > 0 and rate < 100 and ziffer in ('400', '405')
        and    not contact_is_domestic and contact_vat_number is null
        and    abs(tax_in(gross, rate)) >= $min_tax
        and    not list_has_any(string_split(coalesce(account_nos, ''), ' '), (
                   select coalesce(list(account_no), []) from account where is_goods and account_type <> 'revenue'))
        """,
        min_tax=min_tax,
    )


@check(
    "D05",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="Input tax of CHF {vat_effect} is deducted on bank charges ({account_no} {account_name}): {description}",
    references=["Art. 21 Abs. 2 Ziff. 19 MWSTG", "Art. 28 MWSTG"],
    method="effective",
)
def input_tax_on_bank_charges(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.06"),
    taxed: str = "safe|schliessfach|tresor|coffre|terminal|karten(akzept|leser|gerät)|acquir|e-?banking|portal|"
    "beratung|conseil|consulenza|verwahr|depotgebühr|custody|twint|worldline|nets|sumup|software|schulung",
) -> pl.DataFrame:
    """Input tax is deducted on bank charges.

    Why it matters: Interest, commissions and most charges of banks are excluded from VAT. The bank's advice shows no
    tax, so none can be deducted.

    False positives: Rent of safes and card terminals, electronic banking, custody and advice are taxed; texts that
    match taxed are left out. Accounts that never carry input tax (interest, 69xx) are A03's.

    What to do: Look at the bank's advice. Without a VAT number and rate on it, remove the code.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id, p.ziffer,
               tax_on(p.amount, p.tax_rate) as vat_effect
        from   posting p
        join   account a on a.account_no = p.account_no and not a.never_input
        where  p.account_no between '6900' and '6944' and p.is_tax_side and p.vat_role = 'base'
        and    p.direction = 'input' and p.tax_rate > 0 and p.tax_rate < 100 and p.ziffer in ('400', '405')
        and    p.amount >= $min_amount and not p.is_opening and not p.is_closing
        and    p.contra_account_no[:2] not in ('13', '23')
        and    not regexp_matches(lower(concat_ws(' ', p.account_name, p.description, p.contact_name)), $taxed)
        """,
        min_amount=min_amount,
        taxed=taxed,
    )


@check(
    "D06",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="Input tax of CHF {vat_effect} is deducted on a lump sum for expenses: {description}",
    references=["Art. 26 MWSTG", "Art. 28 MWSTG"],
    method="effective",
)
def input_tax_on_lump_sum_expenses(
    books: Books,
    *,
    min_amount: Decimal = Decimal("0.06"),
    lump: str = "spesenpauschale|pauschal-?spesen|tages(spesen|pauschale|geld)|verpflegungspauschale|autospesen|"
    "kilometer-?(geld|entschäd|spesen|pauschale)|\\bkm-?(geld|entschäd|spesen|pauschale)|[0-9] ?km (à|x|zu|@|\\*)|"
    "frais forfaitaires|indemnités? (kilométrique|journalière)|forfait repas|spese forfettarie|indennità chilometric|"
    "per diem|mileage",
    receipted: str = "nach beleg|gemäss beleg|lt\\. beleg|laut beleg|effektiv|selon justificatif|secondo giustificativ",
) -> pl.DataFrame:
    """Input tax is deducted on lump-sum expenses, mileage or daily allowances.

    Why it matters: A lump sum paid to staff is no supply with an invoice in the company's name. There is no VAT on it,
    whatever the employee spent the money on.

    False positives: Expense reports with the receipts behind them (texts that match receipted), invoices of a supplier
    with a known VAT number. Lump sums on accounts that never carry input tax (5830) are A03's.

    What to do: Ask for the receipts in the company's name. Without them remove the code; the cost stays.
    """
    return books.sql(
        """
        select p.posting_id, p.line_id, p.booked_on, p.amount, p.account_no, p.account_name, p.contra_account_no,
               p.document_no, p.contact_name, p.description, p.tax_code, p.kind, p.document_id, p.ziffer,
               tax_on(p.amount, p.tax_rate) as vat_effect
        from   posting p
        join   account a on a.account_no = p.account_no and not a.never_input
        where  p.account_type = 'expense' and p.is_tax_side and p.vat_role = 'base' and p.direction = 'input'
        and    p.tax_rate > 0 and p.tax_rate < 100 and p.ziffer in ('400', '405') and p.amount >= $min_amount
        and    p.contact_vat_number is null and not p.is_opening and not p.is_closing
        and    p.contra_account_no[:2] not in ('13', '23')
        and    (p.account_no[:4] = '5830' or regexp_matches(lower(coalesce(p.description, '')), $lump))
        and    not regexp_matches(lower(coalesce(p.description, '')), $receipted)
        """,
        min_amount=min_amount,
        lump=lump,
        receipted=receipted,
    )


@check(
    "D07",
    subject="posting",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="{description}: {tax_rate} % input tax, {reason}",
    references=["Art. 25 Abs. 2 to 4 MWSTG", "Art. 28 MWSTG"],
    words=[
        "but food eaten on the spot is taxed at the normal rate",
        "but accommodation has a rate of its own",
        "but a tip carries no VAT",
    ],
    method="effective",
)
def rate_of_meal_or_hotel(
    books: Books,
    *,
    min_effect: Decimal = Decimal("2.00"),
    restaurant: str = "restaurant|ristorante|pizzeria|trattoria|osteria|brasserie|wirtshaus|grotto|mittagessen|"
    "nachtessen|abendessen|\\bdîner\\b|déjeuner",
    takeaway: str = "take-?away|lieferservice|lieferdienst|kurier|catering kalt|mitnahme|à l.emporter|asporto|sandwich",
    hotel: str = "übernacht|hotelzimmer|\\bzimmer\\b|logis|nuitée|pernott|overnight|accommodation|\\bhotel\\b|hôtel|"
    "albergo|motel|\\bb&b\\b",
    other: str = "seminar|tagung|saal|bankett|essen|restaurant|konsum|bewirt|parking|parkplatz|wellness|apéro|raum|"
    "miete|drink|\\bbar\\b",
    tip: str = "^(trinkgeld|pourboire|mancia|tip)\\b",
) -> pl.DataFrame:
    """A meal, a hotel night or a tip is deducted at a rate that does not fit.

    Why it matters: Food eaten on the spot is taxed at the normal rate, food to take away at the reduced one, a hotel
    night with breakfast at the special one; a tip is no consideration. Deductible is what the receipt shows, in full
    if the occasion is business.

    False positives: One receipt with two rates booked as one, deliveries and take-away (takeaway), dinners and rooms
    for meetings in a hotel (other), a supplier whose name only sounds so. Looked at are the accounts for travel and
    entertainment (5820 to 5829, 5880 to 5889, 6640 to 6649).

    What to do: Compare with the receipt and split it by its rates. The effect is what is deducted too much; minus is
    what the right rate would still give.
    """
    return books.sql(
        """
        with worded as (
            select p.*, lower(concat_ws(' ', p.description, p.contact_name)) as words, v.kind as rate_kind
            from   posting p
            join   law.vat_rate v on v.status = 'law' and v.rate = p.tax_rate
            and    p.booked_on between v.valid_from and coalesce(v.valid_till, p.booked_on)
            where  (p.account_no between '5820' and '5829' or p.account_no between '5880' and '5889'
                    or p.account_no between '6640' and '6649') and p.is_tax_side and p.vat_role = 'base'
            and    p.direction = 'input' and p.ziffer in ('400', '405') and p.amount > 0
        ),
        judged as (
            select *, amount + tax_on(amount, tax_rate) as gross, case
                when regexp_matches(words, $tip) then 'but a tip carries no VAT'
                when rate_kind = 'reduced' and regexp_matches(words, $restaurant)
                    and not regexp_matches(words, $takeaway)
                    then 'but food eaten on the spot is taxed at the normal rate'
                when rate_kind = 'normal' and regexp_matches(words, $hotel) and not regexp_matches(words, $other)
                    then 'but accommodation has a rate of its own' end as reason
            from worded
        )
        select j.* exclude (words), tax_on(j.amount, j.tax_rate) - coalesce(tax_in(j.gross, r.rate), 0) as vat_effect
        from   judged j
        left join law.vat_rate r on r.status = 'law' and j.booked_on between r.valid_from
               and coalesce(r.valid_till, j.booked_on) and j.reason <> 'but a tip carries no VAT'
               and r.kind = if(j.rate_kind = 'reduced', 'normal', 'accommodation')
        where  j.reason is not null and abs(tax_on(j.amount, j.tax_rate) - coalesce(tax_in(j.gross, r.rate), 0))
               >= $min_effect
        """,
        min_effect=min_effect,
        restaurant=restaurant,
        takeaway=takeaway,
        hotel=hotel,
        other=other,
        tip=tip,
    )


@check(
    "D19",
    subject="posting",
    severity=Severity.INFORMATION,
    confidence=Confidence.INDICATIVE,
    says="Lease of {supplier}: CHF {amount} are deducted in full, {reason}",
    references=["Art. 21 Abs. 2 Ziff. 18 MWSTG", "Art. 24 Abs. 6 MWSTG", "Art. 28 MWSTG"],
    words=["but the text names an insurance or a deposit", "more than the usual instalment"],
    method="effective",
)
def lease_with_insurance_or_deposit(
    books: Books,
    *,
    min_instalments: int = 6,
    max_excess: Decimal = Decimal("0.02"),
    max_multiple: int = 3,
    bundled: str = "kaution|caution|cauzione|depot|dépôt|deposito|kasko|casco|versicher|assurance|assicuraz|insurance",
    one_supply: str = "full.?service|vollservice|all.?in|flottenmanagement",
) -> pl.DataFrame:
    """A lease invoice with insurance or a deposit in it is deducted in full.

    Why it matters: The casco insurance in a lease is excluded from the tax, and a deposit is no consideration. The
    lessor charges VAT on the instalment alone; a code on the whole amount deducts too much.

    False positives: Full-service leases, where the lessor owes one supply and taxes all of it (one_supply); a first
    instalment that is agreed to be higher and taxed. The usual instalment is the median of a year with at least
    min_instalments of them, exceeded by more than max_excess. Beyond max_multiple of it an amount without such a text
    is taken for something else.

    What to do: Look at the lessor's invoice and post insurance and deposit without a code, the deposit to an asset.
    """
    return books.sql(
        """
        with instalment as (
            select p.*, coalesce(p.contact_name, p.description) as supplier, count(*) over year_before as instalments,
                   quantile_disc(p.amount, 0.5) over year_before as usual
            from   posting p
            join   account a on a.account_no = p.account_no
            where  (p.account_no[:3] = '626' or regexp_matches(lower(a.name), 'leasing|lease'))
            and    p.account_type = 'expense' and p.is_tax_side and p.vat_role = 'base' and p.direction = 'input'
            and    p.tax_rate > 0 and p.amount > 0 and p.contra_account_no[:2] not in ('13', '23')
            window year_before as (partition by p.account_no, coalesce(p.contact_name, '') order by p.booked_on
                                   range between interval 365 days preceding and interval 1 day preceding)
        ),
        judged as (
            select *, case
                when regexp_matches(lower(coalesce(description, '')), $bundled)
                    then 'but the text names an insurance or a deposit'
                when instalments >= $min_instalments and amount > usual * (1 + $max_excess)
                    and amount <= usual * $max_multiple then 'more than the usual instalment' end as reason
            from   instalment, review.period r
            where  booked_on between r.start_on and r.end_on
            and    not regexp_matches(lower(coalesce(description, '')), $one_supply)
        )
        select *, cast(case when instalments >= $min_instalments and amount > usual * (1 + $max_excess)
                            then tax_on(amount - usual, tax_rate) end as decimal(18, 2)) as vat_effect
        from   judged
        where  reason is not null
        qualify row_number() over (partition by account_no, supplier, reason, amount order by booked_on, line_id) = 1
        """,
        min_instalments=min_instalments,
        max_excess=max_excess,
        max_multiple=max_multiple,
        bundled=bundled,
        one_supply=one_supply,
    )
