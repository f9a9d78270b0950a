"""Family D, what a deduction loses again: mixed use, private shares, subsidies, a change of use."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bexio_analytics.review import Confidence, Severity, check

if TYPE_CHECKING:
    import polars as pl

    from bexio_analytics.books import Books


@check(
    "D08",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} excluded turnover since {start_on} and no correction of input tax: interest {interest}, rent "
    "{rent}, other {other}",
    references=["Art. 30 MWSTG", "Art. 66 and 68 MWSTV", "MWST-Info 09"],
    method="effective",
)
def mixed_use_not_corrected(
    books: Books, *, min_share: Decimal = Decimal("1.00"), min_effect: Decimal = Decimal("20.00")
) -> pl.DataFrame:
    """Excluded turnover is declared, and input tax is not corrected.

    Why it matters: Input tax is deductible for taxed activities only. Who also has excluded turnover (Ziffer 230)
    corrects the tax on what serves both (Ziffer 415).

    False positives: Excluded turnover that uses nothing of the firm, and firms that allocate directly and set no code
    on what serves it. For interest and securities, and for rent without option, the lump sums of the ESTV apply above
    their limits of a calendar year. Other excluded turnover counts from min_share percent of all turnover; its
    effect is its share of the tax in Ziffer 405, a first estimate of what serves both.

    What to do: Ask what the excluded turnover uses, choose a key (turnover, area, lump sum) and declare the correction
    in Ziffer 415. The effect stands for the year so far. The lump sums are meant for activities beside the main one.
    """
    return books.sql(
        """
        with year as (
            select period_id, end_on, make_date(year(end_on), 1, 1) as start_on from review.period
        ),
        earned as (
            select y.period_id, coalesce(sum(t.turnover), 0) as turnover,
                coalesce(sum(t.turnover) filter (t.is_excluded and t.kind = 'interest'), 0) as interest,
                coalesce(sum(t.turnover) filter (t.is_excluded and t.kind = 'rent'), 0) as rent,
                coalesce(sum(t.turnover) filter (t.is_excluded and t.kind = 'other'), 0) as other
            from   year y left join declared_turnover t on t.booked_on between y.start_on and y.end_on group by all
        ),
        deducted as (
            select coalesce(sum(z.tax) filter (z.ziffer = '405'), 0) as overhead,
                   coalesce(sum(z.tax) filter (z.ziffer = '415'), 0) as corrected
            from   year y join vat_line_ziffer z on z.booked_on between y.start_on and y.end_on
        ),
        judged as (
            select y.*, e.* exclude (period_id), d.corrected,
                if(e.interest > i.above and e.interest * 100 > e.turnover * i.share_above,
                     tax_on(e.interest, i.rate), 0)
                + if(e.rent > r.above, tax_on(e.rent, r.rate), 0)
                + if(e.other > 0 and e.other * 100 >= e.turnover * $min_share,
                     share_of(d.overhead, e.other, e.turnover), 0) as vat_effect
            from   year y join earned e using (period_id), deducted d
            join   law.lump_sum i on i.name = 'mixed_use_interest' and y.end_on between i.valid_from and i.valid_till
            join   law.lump_sum r on r.name = 'mixed_use_rent' and y.end_on between r.valid_from and r.valid_till
        )
        select period_id, start_on, end_on as booked_on, interest + rent + other as amount, interest, rent, other,
               turnover, cast(vat_effect as decimal(18, 2)) as vat_effect, '415' as ziffer
        from   judged where corrected = 0 and vat_effect >= $min_effect
        """,
        min_share=min_share,
        min_effect=min_effect,
    )


@check(
    "D09",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="Private use of {cars}: CHF {amount} in 12 months contain CHF {expected} VAT, CHF {booked} are booked",
    references=["Art. 24 MWSTG", "Art. 31 MWSTG", "Art. 47 MWSTV", "MWST-Info 08"],
    method="effective",
)
def car_private_share_missing(books: Books, *, tolerance: Decimal = Decimal("10.00")) -> pl.DataFrame:
    """The private share of a company car is not booked, or too low.

    Why it matters: Who uses a company car privately receives a benefit: 0.9 percent of the price without VAT a month,
    at least CHF 150, VAT included. For staff it is a supply (Ziffer 303), for the owner of a sole proprietorship own
    use (Ziffer 415).

    False positives: A logbook, delivery vans, cars used less than half for business, cars bought without deduction; a
    car in its first year whose share is booked in December. Name the cars in mandate.toml under [cars] and the
    expectation is exact. Without that list the vehicle (153x) and lease (626x) accounts stand for them, at their
    balance or the minimum, and the question is only asked where twelve months hold no private share at all.

    What to do: Ask for the cars, their prices and who uses them. The effect is the tax missing in the twelve months up
    to the end of the period.
    """
    return books.sql(
        """
        with year as (
            select period_id, end_on, cast(date_trunc('month', end_on) - interval 11 months as date) as start_on
            from   review.period
        ),
        expected as (
            select y.period_id, y.end_on, y.start_on, bool_or(m.is_assumed) as is_assumed, sum(m.share) as share,
                   sum(m.tax) as tax, string_agg(distinct m.car, ', ' order by m.car) as cars
            from   year y join car_month m on m.month_start between y.start_on and y.end_on group by all
        ),
        booked as (
            select count(*) as bookings, coalesce(sum(s.tax), 0) as tax
            from   year y join private_share s on s.booked_on between y.start_on and y.end_on and s.kind <> 'other'
        )
        select e.period_id, e.end_on as booked_on, cast(e.share as decimal(18, 2)) as amount, e.cars, e.is_assumed,
               cast(e.tax as decimal(18, 2)) as expected, cast(b.tax as decimal(18, 2)) as booked,
               cast(e.tax - b.tax as decimal(18, 2)) as vat_effect,
               if(exists (from posting p where p.account_no between '2850' and '2859' and not p.is_closing), '415',
                  n.ziffer) as ziffer
        from   expected e cross join booked b
        join   law.normal_rate n on e.end_on between n.valid_from and n.valid_till
        join   vat_status s on s.year = year(e.end_on) and s.is_vat_subject
        where  e.tax - b.tax > $tolerance and (not e.is_assumed or b.bookings = 0 and exists (
                   from balance f where f.month_start = e.start_on))
        """,
        tolerance=tolerance,
    )


@check(
    "D10",
    subject="vat_period",
    severity=Severity.LOOK_AT,
    confidence=Confidence.INDICATIVE,
    says="CHF {amount} went over the private account in 12 months, but no own use or private share is booked",
    references=["Art. 31 MWSTG", "ESTV, leaflet N1 on withdrawals"],
    method="effective",
)
def own_use_of_proprietor_missing(
    books: Books, *, min_amount: Decimal = Decimal("1000.00"), private_percent: int = 20
) -> pl.DataFrame:
    """An owner draws on the business, and no own use is booked.

    Why it matters: What the owner of a sole proprietorship takes for private purposes (telephone, energy, rooms,
    goods) loses its input tax (Ziffer 415). For groceries and restaurants the ESTV states amounts by household.

    False positives: Owners who pay for all of it privately. Only mandates whose private account (2850 to 2859) moves
    by min_amount are asked, and only once twelve months are in the books; companies have no such account.

    What to do: Ask what is used privately and book its share. The effect assumes private_percent of the input tax on
    energy (64xx) and telecommunication (6510 to 6519) of the twelve months; goods and rooms come on top.
    """
    return books.sql(
        """
        with year as (
            select period_id, end_on, cast(date_trunc('month', end_on) - interval 11 months as date) as start_on
            from   review.period
        ),
        drawn as (
            select y.period_id, y.end_on, sum(abs(p.amount)) as amount
            from   year y
            join   posting p on p.booked_on between y.start_on and y.end_on and p.account_no between '2850' and '2859'
            where  not p.is_opening and not p.is_closing and not p.is_vat_row
            and    exists (from balance b where b.month_start = y.start_on)
            and    not exists (from private_share s where s.booked_on between y.start_on and y.end_on)
            group by all
        ),
        shared as (
            select coalesce(sum(tax_on(p.amount, p.tax_rate)), 0) as tax
            from   year y join posting p on p.booked_on between y.start_on and y.end_on
            where  (p.account_no between '6400' and '6499' or p.account_no between '6510' and '6519')
            and    p.is_tax_side and p.vat_role = 'base' and p.direction = 'input' and p.tax_rate > 0
        )
        select d.period_id, d.end_on as booked_on, cast(d.amount as decimal(18, 2)) as amount, s.tax as input_tax,
               tax_on(s.tax, $private_percent) as vat_effect, '415' as ziffer
        from   drawn d cross join shared s
        join   vat_status v on v.year = year(d.end_on) and v.is_vat_subject
        where  d.amount >= $min_amount
        """,
        min_amount=min_amount,
        private_percent=private_percent,
    )


@check(
    "D13",
    subject="vat_period",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="CHF {amount} subsidies are declared in Ziffer 900, and input tax is not reduced in Ziffer 420",
    references=["Art. 18 Abs. 2 lit. a to c MWSTG", "Art. 33 Abs. 2 MWSTG", "Art. 75 MWSTV"],
    method="effective",
)
def subsidy_without_reduction(books: Books, *, min_amount: Decimal = Decimal("100.00")) -> pl.DataFrame:
    """Subsidies are received, and the input tax is not reduced.

    Why it matters: Subsidies and public contributions are no turnover, but they finance purchases: the input tax is
    reduced in proportion.

    False positives: Contributions that pay for something without input tax, such as wages, and contributions that are
    passed on. Donations and damages (Ziffer 910) reduce nothing.

    What to do: Ask what the contribution is for. For a purchase reduce its input tax, for a deficit all of it in
    proportion to the turnover: that is the effect shown, a first estimate on the input tax of the period.
    """
    return books.sql(
        """
        with box as (
            select r.period_id, r.end_on, coalesce(sum(v.base) filter (v.ziffer = '900'), 0) as amount,
                   coalesce(sum(v.base) filter (v.ziffer = '200'), 0) as turnover,
                   coalesce(sum(v.tax) filter (v.ziffer in ('400', '405', '410')), 0) as input_tax,
                   coalesce(sum(v.tax) filter (v.ziffer = '420'), 0) as reduced
            from   review.period r join vat_return v on v.period_id = r.period_id
            group by all
        )
        select period_id, end_on as booked_on, cast(amount as decimal(18, 2)) as amount,
               cast(turnover as decimal(18, 2)) as turnover, cast(input_tax as decimal(18, 2)) as input_tax,
               share_of(cast(input_tax as decimal(18, 2)), cast(amount as decimal(18, 2)),
                        cast(turnover + amount as decimal(18, 2))) as vat_effect, '420' as ziffer
        from   box
        where  amount >= $min_amount and reduced = 0
        """,
        min_amount=min_amount,
    )


@check(
    "D14",
    subject="account",
    severity=Severity.BLOCKS_FILING,
    confidence=Confidence.INDICATIVE,
    says="Input tax of CHF {tax} is deducted on {account_no} {account_name}, but CHF {exempt_rent} of CHF {all_rent} "
    "rent in 12 months are not opted",
    references=["Art. 21 Abs. 2 Ziff. 20 and 21 MWSTG", "Art. 22 MWSTG", "Art. 29 MWSTG"],
    method="effective",
)
def building_cost_of_excluded_rent(
    books: Books, *, min_tax: Decimal = Decimal("20.00"), max_excess: int = 5
) -> pl.DataFrame:
    """Input tax is deducted on a building that is let without option.

    Why it matters: Rent is excluded from VAT unless it is opted for. What a building costs is deductible only as far as
    it serves taxed purposes.

    False positives: Costs of opted tenants alone, and allocation by tenant: an account of which no more is coded than
    the opted share of the rent (plus max_excess percent) is left out, and so is a year with a correction in Ziffer
    415. Looked at are property (16xx) and its cost (7510 to 7599), and premises (6000 to 6109) where the books hold
    property.

    What to do: Ask which tenants and areas a cost is for. The effect is the deduction of the period times the share of
    rent that is not opted.
    """
    return books.sql(
        """
        with year as (
            select start_on as now, end_on, cast(date_trunc('month', end_on) - interval 11 months as date) as start_on
            from   review.period
        ),
        rent as (
            select cast(coalesce(sum(t.turnover) filter (t.is_excluded), 0) as decimal(18, 2)) as exempt,
                   cast(coalesce(sum(t.turnover), 0) as decimal(18, 2)) as total
            from   year y join declared_turnover t on t.booked_on between y.start_on and y.end_on and t.kind = 'rent'
        ),
        cost as (
            select p.account_no, p.account_name, y.end_on, cast(sum(p.amount) as decimal(18, 2)) as amount,
                cast(sum(if(p.direction = 'input' and p.tax_rate > 0, p.amount, 0)) as decimal(18, 2)) as coded,
                sum(if(p.direction = 'input' and p.booked_on >= y.now, tax_on(p.amount, p.tax_rate), 0)) as tax
            from   year y
            join   posting p on p.booked_on between y.start_on and y.end_on and not p.is_vat_row
            and    not p.is_opening and not p.is_closing and p.account_type in ('expense', 'asset')
            where  p.amount > 0 and p.contra_account_no[:2] not in ('13', '23')
            and    (p.account_no between '1600' and '1699' or p.account_no between '7510' and '7599'
                    or p.account_no between '6000' and '6109'
                       and exists (from posting o where o.account_no between '1600' and '1699'))
            group by all
        )
        select c.account_no, c.account_name, c.end_on as booked_on, c.amount, cast(c.tax as decimal(18, 2)) as tax,
               r.exempt as exempt_rent, r.total as all_rent, '405' as ziffer,
               share_of(cast(c.tax as decimal(18, 2)), r.exempt, r.total) as vat_effect
        from   cost c, rent r
        where  r.exempt > 0 and c.tax >= $min_tax and c.coded * r.total * 100
               > c.amount * (r.total - r.exempt) * 100 + c.amount * r.total * $max_excess and not exists (
                   from year y join vat_line_ziffer z on z.booked_on between y.start_on and y.end_on
                   where z.ziffer = '415' and z.tax <> 0)
        """,
        min_tax=min_tax,
        max_excess=max_excess,
    )


@check(
    "D15",
    subject="posting",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.LIKELY,
    says="{account_no} {account_name}, CHF {amount}: {reason}, and no tax is paid back",
    references=["Art. 31 MWSTG", "Art. 69 to 71 MWSTV"],
    words=["taken out of the business", "let without option from now on", "kept when the registration ends"],
    method="effective",
)
def change_of_use_not_declared(books: Books, *, min_amount: Decimal = Decimal("50.00")) -> pl.DataFrame:
    """The use of an asset changes, and its input tax is not paid back.

    Why it matters: An asset taken for private purposes, a building let without option, or the end of the registration
    undoes the deduction: the input tax on the value that is left is due, after 20 percent for each year of movables and
    5 of property.

    False positives: Withdrawals against invoice (with a sales code) are left out, as is a change in a period with a
    correction in Ziffer 415. An asset bought without deduction owes nothing. Assets of opening balances are not
    known one by one: withdrawn at book value, they are taken at that value.

    What to do: Compute the value that is left from the purchase and declare it in Ziffer 415, what a company hands to
    its shareholders as a supply at market value. Where the effect is empty, the books do not tell it.
    """
    return books.sql(
        """
        select c.posting_id, c.line_id, c.booked_on, c.amount, c.account_no, c.account_name, c.document_no,
               c.contact_name, c.description, c.kind, c.document_id, c.tax as vat_effect, c.ziffer,
               case c.change when 'withdrawn' then 'taken out of the business'
                             when 'unopted' then 'let without option from now on'
                             when 'deregistered' then 'kept when the registration ends' end as reason
        from   change_of_use c
        join   vat_status s on s.year = year(c.booked_on) and s.is_vat_subject
        where  c.amount >= $min_amount and not exists (
                   from review.period r join vat_line_ziffer z on z.booked_on between r.start_on and r.end_on
                   where z.ziffer = '415' and z.tax <> 0 and c.booked_on between r.start_on and r.end_on)
        """,
        min_amount=min_amount,
    )


@check(
    "D16",
    subject="vat_line",
    severity=Severity.MUST_BE_ANSWERED,
    confidence=Confidence.INDICATIVE,
    says="CHF {input_tax} subsequent relief are claimed in Ziffer 410: is there a list of the items behind it?",
    references=["Art. 32 MWSTG", "Art. 72 to 74 MWSTV", "Art. 81 Abs. 4 MWSTV"],
    method="effective",
)
def relief_without_support(books: Books, *, min_tax: Decimal = Decimal("10.00")) -> pl.DataFrame:
    """Subsequent relief is claimed without a list of what it is for.

    Why it matters: Ziffer 410 brings back input tax on goods and assets in stock when a taxed use begins. The ESTV asks
    for the list: item, date of purchase, tax, years of use.

    False positives: Claims with a document attached to their bill or expense are left out. bexio does not show files of
    manual entries: there the list may well be attached. Small amounts (below min_tax) are left out.

    What to do: Ask for the list and keep it with the return; without it the claim is struck out.
    """
    return books.sql(
        """
        select v.vat_line_id, v.booked_on, v.gross as amount, v.net, v.input_tax, v.tax_code, v.contact_name,
               v.account_nos, v.document_no, v.description, v.kind, v.document_id, v.input_tax as vat_effect,
               '410' as ziffer
        from   vat_line v
        left join document d on d.document_id = v.document_id
        where  string_split(coalesce(v.ziffer, ''), '.')[-1] = '410' and v.input_tax >= $min_tax
        and    not v.is_deferred and coalesce(d.attachments, 0) = 0
        """,
        min_tax=min_tax,
    )
