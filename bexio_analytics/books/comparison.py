"""What is compared between the books of two snapshots: rows, columns, and how a row is recognised.

Columns named ``key_…`` serve the comparison and are not shown: they hold bexio's id where the shown column holds a name
or number that may change without the row being another. ``$by_id`` tells whether both snapshots have such ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one table of the books is compared.

    Attributes:
        key: column that identifies a row.
        select: the query; ``{by_id}`` in it stands for true or false.
        fields: shown column → column whose difference makes it a changed field.
        passes_by_id: passes of the pairing (see `bexio_analytics.books.pairing.pair`) where bexio's ids are known.
        passes_by_content: passes where they are not.
        order: columns to sort by.
        dated: the date that decides in which VAT period a row lies; None for master data.
        vat_fields: changes of these fields change what a return rests on.
    """

    key: str
    select: str
    fields: Mapping[str, str]
    passes_by_id: Sequence[Sequence[str]]
    passes_by_content: Sequence[Sequence[str]]
    order: Sequence[str]
    dated: str | None = None
    vat_fields: Sequence[str] = ()

    def query(self, *, by_id: bool) -> str:
        """The query, for books with or without bexio's ids."""
        return self.select.replace("{by_id}", str(by_id).lower())

    def passes(self, *, by_id: bool) -> Sequence[Sequence[str]]:
        """The passes of the pairing, most certain first."""
        return self.passes_by_id if by_id else self.passes_by_content


def _same(*names: str, **keys: str) -> dict[str, str]:
    return {name: name for name in names} | keys


_CONTENT = (
    "booked_on",
    "key_debit",
    "key_credit",
    "amount",
    "amount_fc",
    "currency",
    "currency_factor",
    "description",
    "reference",
)
_LINE_PASSES = (
    ("line_id", *_CONTENT),
    (*_CONTENT, "key_document", "key_tax"),
    _CONTENT,
    ("line_id",),
    # what is left of a document that was booked again with other contents
    ("key_place", "booked_on", "key_debit", "key_credit", "key_tax"),
    ("key_place", "key_debit", "key_credit", "key_tax", "description"),
    ("key_place", "booked_on", "key_debit", "key_credit"),
    ("key_place", "booked_on", "amount"),
)

_JOURNAL_LINE = Comparison(
    key="line_id",
    select="""
        select
            l.line_id, l.booked_on, p.period_id, l.debit_account_no, l.credit_account_no, l.tax_code, l.ziffer,
            l.amount, l.amount_fc, l.currency, l.currency_factor, l.description, l.reference, l.kind,
            l.document_id, l.document_no, l.contact_name, u.user_name, l.is_vat_row,
            case when {by_id} then cast(j.debit_account_id as varchar) else l.debit_account_no end as key_debit,
            case when {by_id} then cast(j.credit_account_id as varchar) else l.credit_account_no end as key_credit,
            case when {by_id} then coalesce(cast(l.tax_id as varchar), l.tax_code) else l.tax_code end as key_tax,
            case when {by_id} then coalesce(cast(l.contact_id as varchar), l.contact_name) end as key_contact,
            -- rows without a reference of their own are only linked by what they look like
            case when {by_id} and l.ref_class is not null
                then coalesce(l.document_id, l.ref_class || ':' || coalesce(cast(j.ref_id as varchar), j.ref_uuid))
            end as key_document,
            coalesce(l.document_id, l.reference) as key_place,
            case when l.currency <> j.base_currency then l.amount_fc end as key_amount_fc,
            l.tax_code is not null or l.is_vat_row or 'revenue' in (d.account_type, c.account_type) as key_is_vat
        from      journal_line l
        join      snapshot.journal j on j.id = l.line_id
        join      account d          on d.account_id = j.debit_account_id
        join      account c          on c.account_id = j.credit_account_id
        left join vat_period p       on l.booked_on between p.start_on and p.end_on
        left join (
            select 'manual_entry:' || m.id as document_id,
                   nullif(concat_ws(' ', u.firstname, u.lastname), '') as user_name
            from   snapshot.manual_entry m
            join   snapshot.user u on u.id = coalesce(m.edited_by_user_id, m.created_by_user_id)
            union all
            select 'invoice:' || i.id, nullif(concat_ws(' ', u.firstname, u.lastname), '')
            from   snapshot.invoice i
            join   snapshot.user u on u.id = i.user_id
        ) u on u.document_id = l.document_id
        order by l.sequence, l.line_id
    """,
    fields=_same(
        "booked_on",
        "amount",
        "currency",
        "currency_factor",
        "description",
        "reference",
        amount_fc="key_amount_fc",
        debit_account_no="key_debit",
        credit_account_no="key_credit",
        tax_code="key_tax",
        document_no="key_document",
        contact_name="key_contact",
    ),
    passes_by_id=_LINE_PASSES,
    passes_by_content=_LINE_PASSES,
    order=("booked_on", "line_id"),
    dated="booked_on",
    vat_fields=("booked_on", "amount", "debit_account_no", "credit_account_no", "tax_code"),
)

_DOCUMENT = Comparison(
    key="document_id",
    select="""
        with line as (
            select
                l.document_id,
                string_agg(distinct l.tax_code, ' ' order by l.tax_code)     as tax_codes,
                string_agg(distinct coalesce(cast(l.tax_id as varchar), l.tax_code), ' '
                    order by coalesce(cast(l.tax_id as varchar), l.tax_code)) as key_tax,
                string_agg(distinct l.account_no, ' ' order by l.account_no)  as account_nos,
                string_agg(distinct cast(a.account_id as varchar), ' ' order by cast(a.account_id as varchar))
                                                                              as key_accounts,
                string_agg(nullif(l.text, ''), ' · ' order by l.position)     as texts
            from      document_line l
            left join account a using (account_no)
            group by  l.document_id
        ),
        entered as (
            select 'manual_entry:' || id as document_id, coalesce(edited_by_user_id, created_by_user_id) as user_id
            from   snapshot.manual_entry
            union all
            select 'invoice:' || id, user_id from snapshot.invoice
        )
        select
            d.document_id, d.kind, d.document_no, d.supplier_ref, d.dated_on, p.period_id, d.due_on, d.contact_name,
            case when d.kind = 'manual_entry' then l.texts else d.title end as title,
            l.account_nos, l.tax_codes, d.net, d.tax, d.gross, d.currency, d.status, d.is_booked, d.attachments,
            nullif(concat_ws(' ', u.firstname, u.lastname), '') as user_name,
            l.key_tax, l.key_accounts,
            coalesce(cast(d.contact_id as varchar), d.contact_name) as key_contact,
            -- a credit note has no text of its own, only those of its journal rows
            case d.kind when 'manual_entry' then l.texts when 'credit_note' then null else d.title end as key_title,
            u.id as key_user,
            d.is_booked and (l.tax_codes is not null or d.kind in ('invoice', 'credit_note')) as key_is_vat
        from      document d
        left join line l          on l.document_id = d.document_id
        left join entered e       on e.document_id = d.document_id
        left join snapshot.user u on u.id = e.user_id
        left join vat_period p    on d.dated_on between p.start_on and p.end_on
        order by  d.document_id
    """,
    fields=_same(
        "document_no",
        "supplier_ref",
        "dated_on",
        "due_on",
        "net",
        "tax",
        "gross",
        "currency",
        "status",
        "is_booked",
        "attachments",
        contact_name="key_contact",
        title="key_title",
        account_nos="key_accounts",
        tax_codes="key_tax",
        user_name="key_user",
    ),
    passes_by_id=(("document_id",),),
    passes_by_content=(("document_id",),),
    order=("dated_on", "document_id"),
    dated="dated_on",
    vat_fields=("dated_on", "net", "tax", "gross", "currency", "is_booked", "account_nos", "tax_codes"),
)

_CONTACT = Comparison(
    key="contact_id",
    select="""
        select
            c.contact_id, c.contact_no, c.name, c.kind, s.address, c.postcode, c.city, c.country, c.vat_number, s.mail
        from   contact c
        join   snapshot.contact s on s.id = c.contact_id
        order  by c.contact_id
    """,
    fields=_same("contact_no", "name", "kind", "address", "postcode", "city", "country", "vat_number", "mail"),
    passes_by_id=(("contact_id",),),
    passes_by_content=(("contact_id",),),
    order=("contact_id",),
)

_ACCOUNT = Comparison(
    key="account_id",
    select="select account_id, account_no, name, account_type, default_tax_code, is_active, is_system from account",
    fields=_same("account_no", "name", "account_type", "default_tax_code", "is_active", "is_system"),
    passes_by_id=(("account_id",),),
    passes_by_content=(("account_no",),),
    order=("account_no",),
)

_TAX_CODE = Comparison(
    key="tax_id",
    select="""
        select tax_id, code, name, ziffer, rate, kind, account_no, valid_from, valid_till, is_active
        from   tax_code
        order  by tax_id
    """,
    fields=_same("code", "name", "ziffer", "rate", "kind", "account_no", "valid_from", "valid_till", "is_active"),
    passes_by_id=(("tax_id",),),
    passes_by_content=(("code", "rate"), ("code",)),
    order=("code", "tax_id"),
)

_VAT_PERIOD = Comparison(
    key="vat_period_id",
    select="""
        select v.id as vat_period_id, p.period_id, v.start as start_on, v."end" as end_on, v.type, v.status,
               v.closed_at as closed_on
        from      snapshot.vat_period v
        left join vat_period p on p.start_on = v.start and p.end_on = v."end"
        order by  v.start, v.id
    """,
    fields=_same("start_on", "end_on", "type", "status", "closed_on"),
    passes_by_id=(("start_on", "end_on"), ("vat_period_id",)),
    passes_by_content=(("start_on", "end_on"), ("vat_period_id",)),
    order=("start_on",),
)

COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "journal_line": _JOURNAL_LINE,
        "document": _DOCUMENT,
        "contact": _CONTACT,
        "account": _ACCOUNT,
        "tax_code": _TAX_CODE,
        "vat_period": _VAT_PERIOD,
    }
)
"""What is compared, by name."""
