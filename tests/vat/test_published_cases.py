"""Every VAT case of the layout ``swiss-vat-case/1``, whatever its number: read as data, computed by us, compared.

A case is a form whose boxes are given, or postings whose return and reconciliation are known, or single computations.
What a case is, is told by what it holds and not by its name. A field that is not understood is an error that names it:
a figure nobody compares proves nothing. The cases of ``cases/`` are our own, worked out by hand; published ones lie
beside the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bexio_analytics import Books, VatPeriod, law, vat_return
from bexio_analytics.mandate import VatSettings
from bexio_analytics.testing import books_from_text, frames_from_text, mandate_for_tests
from bexio_analytics.vat import Form, VatReturn, complete_form, complete_net_form, turnover_bridge
from bexio_analytics.vat.form import RAPPEN, boxes, statutory_rate

OWN = Path(__file__).with_name("cases")
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "vat-cases"
ZERO = Decimal(0)
_BOX = re.compile(r"\d{3}")
_PERIOD = re.compile(r"(?P<year>\d{4}-)?(?P<part>Q[1-4]|H[12]|0[1-9]|1[0-2])")
_NET = ("saldo", "net", "sss", "pss", "pauschal", "flat", "simple")
_EFFECTIVE = ("effective", "effektiv")
_AGREED = {"agreed", "vereinbart", "soll", "invoiced", "1"}
_COLLECTED = {"collected", "received", "vereinnahmt", "ist", "cash", "2"}
_WORDS = frozenset(
    {"id", "kind", "title", "name", "note", "notes", "text", "comment", "label", "source", "evidence", "schema"}
    | {"confidence", "conventions", "legal_basis", "form_version", "identities", "why", "description", "doc"}
)
"""Fields that explain and compute nothing."""


class UnknownFieldError(Exception):
    """A case holds something this reader does not understand."""


class Fields:
    """The fields of a part of a case: each is taken once, and what nobody took is an error."""

    def __init__(self, where: str, given: Mapping[str, Any]) -> None:
        self.where = where
        self.left = {name: value for name, value in given.items() if name not in _WORDS}

    def take(self, *names: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever the file holds
        """The first of these fields that the case has; the others stay."""
        for name in names:
            if name in self.left:
                return self.left.pop(name)
        return default

    def boxes(self) -> dict[str, Decimal]:
        """Fields named by a box: ``383_base``, ``383_tax``, ``405`` or ``400_or_405``."""
        names = [name for name in self.left if _BOX.match(name)]
        return {name: amount(f"{self.where}.{name}", self.left.pop(name)) for name in names}

    def close(self) -> None:
        if self.left:
            fields = ", ".join(f"{self.where}.{name}" for name in self.left)
            raise UnknownFieldError(f"no one reads {fields}: teach the reader what it means")


def amount(where: str, told: object) -> Decimal:
    try:
        return Decimal(str(told).replace("'", "").replace("’", ""))
    except ArithmeticError:
        raise UnknownFieldError(f"{where} is no amount: {told!r}") from None


def money(where: str, given: Mapping[str, object]) -> dict[str, Decimal]:
    return {name: amount(f"{where}.{name}", told) for name, told in given.items()}


def method_of(told: str) -> str:
    """``effective`` or ``net_tax``; a method may be followed by what is special about it."""
    first = re.split(r"[^a-z]", told.lower())[0]
    if first in _EFFECTIVE:
        return law.EFFECTIVE
    if first in _NET:
        return law.NET_TAX
    raise UnknownFieldError(f"method {told!r} is neither effective nor net tax")


def basis_of(told: object) -> str:
    for basis, words in (("agreed", _AGREED), ("collected", _COLLECTED)):
        if str(told).lower() in words:
            return basis
    raise UnknownFieldError(f"basis {told!r} is neither agreed nor collected")


def period_of(told: object) -> VatPeriod:
    if isinstance(told, Mapping):
        fields = Fields("period", told)
        start, end = fields.take("from", "start"), fields.take("till", "to", "end")
        fields.close()
        return VatPeriod(date.fromisoformat(start), date.fromisoformat(end))
    return VatPeriod.parse(str(told))


def rates_of(told: object) -> dict[str, list[Decimal]]:
    """Approved net tax rates: a list in the order granted (under ``""``), or one by box."""
    if isinstance(told, Mapping):
        return {box: [Decimal(r) for r in (each if isinstance(each, list) else [each])] for box, each in told.items()}
    return {"": [Decimal(str(rate)) for rate in told or []]}  # type: ignore[attr-defined]


# a form whose boxes are given


def supplies_of(
    case: Fields, given: dict[str, Decimal], inputs: Fields, end: date
) -> dict[tuple[str, Decimal], Decimal]:
    """Turnover by box and net tax rate: by activity where a case lists them, else one rate a box."""
    approved = rates_of(case.take("saldo_rates", "net_tax_rates"))
    by_box = money("rates", case.take("rates", default={}))
    told = inputs.take("activities", "turnover_by_rate", "supplies_per_tax_rate", "suppliesPerTaxRate")
    supplies: dict[tuple[str, Decimal], Decimal] = {}
    if told is not None:
        listed = [{"rate": r, "turnover": t} for r, t in told.items()] if isinstance(told, Mapping) else told
        for number, each in enumerate(listed):
            fields = Fields(f"inputs.activities[{number}]", each)
            fields.take("activity", "activityID", "activity_id", "accounts")
            rate = Decimal(str(fields.take("rate", "tax_rate", "taxRate", "saldo_rate")))
            box = str(fields.take("ziffer", "box", default="323" if end.year >= 2025 else "322"))
            turnover = amount(fields.where, fields.take("turnover", "gross_turnover", "gross", "amount"))
            fields.close()
            supplies[box, rate] = supplies.get((box, rate), ZERO) + turnover
        for box in {box for box, _ in supplies}:
            of_box = sum(turnover for (named, _), turnover in supplies.items() if named == box)
            assert given.pop(box, of_box) == of_box, box
        return supplies
    for box in [box for box in given if box[:2] in {"32", "33"}]:
        ladder = approved.get(box) or approved.get("") or []
        place = 0 if box.startswith("32") else 1
        if box not in by_box and (place >= len(ladder) or (end.year >= 2025 and len(ladder) > 1)):
            raise UnknownFieldError(f"inputs.ziffern.{box}: no field tells its net tax rate, or how it divides")
        supplies[box, by_box.get(box) or ladder[place]] = given.pop(box)
    return supplies


def form_of(case: Fields, inputs: Fields) -> tuple[Form, dict[str, Decimal]]:
    """The completed form, and those of its computed boxes that the case gives as if they were entered."""
    given = money("inputs.ziffern", inputs.take("ziffern"))
    inputs.take("visible_postings")  # some rows of a screenshot: they are not the whole
    case.take("code_map")
    end = period_of(case.take("period")).end
    method = method_of(case.take("method"))
    computed = {box.ziffer for box in law.all_ziffern() if box.part == "computed"}
    told = {box: given.pop(box) for box in list(given) if box in computed}
    rates = money("rates", case.left.get("rates", {}))
    acquisition = {
        (box, rates.get(box) or statutory_rate("30" + box[-1]) or ZERO): given.pop(box)
        for box in list(given)
        if box in boxes("acquisition")
    }
    if method == law.NET_TAX:
        supplies = supplies_of(case, given, inputs, end)
        return complete_net_form(given, supplies, acquisition, end), told
    for box, rate in money("rates", case.take("rates", default={})).items():
        assert statutory_rate(box) in {None, rate}, f"rate of {box}"
    return complete_form(given, acquisition), told


def assert_form(where: str, case: Fields, expected: Fields, inputs: Fields) -> None:
    form, told = form_of(case, inputs)
    case.take("basis", "timing", "form_of_reporting")
    inputs.close()
    z = form.ziffern
    told |= money(f"{where}.ziffern", expected.take("ziffern", default={}))
    for box, figure in told.items():
        assert z.get(box, ZERO) == figure, box
    for box, figure in money(f"{where}.tax_by_ziffer", expected.take("tax_by_ziffer", default={})).items():
        assert form.tax[box] == figure, box
    payable = expected.take("payable", "payable_tax", "payableTax")
    assert payable is None or form.payable == amount(where, payable)
    assert form.form_rounding == amount(where, expected.take("form_rounding", default=form.form_rounding))
    expected.close()
    assert z["299"] == z["200"] - z["289"] == sum(z[b] for b in z if b[:2] in {"30", "31", "34", "32", "33"})
    assert form.payable == z["500"] - z["510"] == z["399"] - z["479"]


# postings


def code_of(name: str, given: Mapping[str, Any]) -> tuple[law.StandardTaxCode, Decimal | None]:
    """A published code as bexio would keep it: its boxes, its kind, its rate; and its net tax rate."""
    told = Fields(f"code_map.{name}", given)
    ziffern = [str(box) for box in told.take("ziffern", "boxes")]
    rate = amount(told.where, told.take("rate", default="0"))
    net_rate = told.take("saldo_rate", "net_tax_rate")
    is_tax = told.take("amount_is", default="gross") == "tax"
    assert told.take("sign", default=1) in {1, -1}
    told.close()
    acquired = [box for box in ziffern if box.startswith("38")]
    reached = acquired or [box for box in ziffern if box != "200"]
    last = reached[-1] if reached else "000" if not ziffern else "200"
    letter = "material" if "400" in ziffern else "investment"
    account = {"400": "1170", "405": "1171", "410": "1170", "415": "1174", "420": "1173"}.get(last, "2200")
    if acquired:
        kind, account = f"pre_regards_tax_{letter}", "1170" if letter == "material" else "1171"
    elif last[0] == "4" and is_tax:
        kind, rate = f"pre_customs_tax_{letter}", Decimal(100)
    elif last[0] == "4":
        kind = f"pre_tax_{letter}"
    elif last[:2] in {"32", "33"}:
        kind = "net_tax"
    elif last[0] == "9":
        kind = "non_consideration_sales_tax"
    else:
        kind = "opted_sales_tax" if "205" in reached else "sales_tax" if rate else "not_taxable_turnover"
    if kind == "net_tax":
        net_rate, rate = rate or None if net_rate is None else net_rate, ZERO
    box = ".".join(reached) or last
    return law.StandardTaxCode(name, box, kind, rate, account, name, date(2000, 1, 1), None, True), (  # noqa: FBT003
        None if net_rate is None else Decimal(str(net_rate))
    )


def lines_of(postings: list[dict[str, Any]], codes: Mapping[str, law.StandardTaxCode]) -> Iterator[str]:
    """Postings in the wording of a ledger in text; a posting with one account stands against that of its document."""
    for number, posting in enumerate(postings):
        told = Fields(f"inputs.postings[{number}]", posting)
        day, text = told.take("date"), posting.get("text") or posting.get("description") or "Buchung"
        debit, credit = told.take("debit", "debit_account"), told.take("credit", "credit_account")
        name, is_given = told.take("tax_code", "vat_code", "code"), told.take("amount_is", default="")
        figure = amount(told.where, told.take("amount"))
        told.close()
        if name is not None and name not in codes:
            raise UnknownFieldError(f"{told.where}.tax_code: {name} is not in code_map")
        code = codes[name] if name is not None else None
        if code is None and not (debit and credit):
            continue  # the payment of a compound booking: each of its parts is booked against it
        others = [
            p for p in postings if p is not posting and p.get("doc") == posting.get("doc") and not p.get("tax_code")
        ]
        contra = next((p.get("credit") or p.get("debit") for p in others), "1020")
        is_output = code is None or not code.kind.startswith("pre_")
        debit = debit or (contra if is_output else code.account_no if code else contra)
        credit = credit or contra
        settings = ""
        if code is not None and is_given == "net" and not code.kind.startswith("pre_regards"):
            tax = (figure * code.rate / 100).quantize(RAPPEN, "ROUND_HALF_UP")
            figure += tax
        elif code is not None and is_given == "tax" and code.rate != 100:
            settings = f"  rows=tax  tax={figure}"
        elif is_given not in {"", "gross", "net", "tax"}:
            raise UnknownFieldError(f"{told.where}.amount_is: {is_given!r} is neither gross, net nor tax")
        if code is not None and code.ziffer in {"415", "420"}:
            settings += "  side=credit"
        elif code is not None and code.kind.startswith("pre_customs"):
            settings += "  side=debit"
        yield f"{day}  {text}  {debit} / {credit}  {figure}  manual  {name or ''}{settings}".rstrip()


def books_of(case: Fields, inputs: Fields) -> Books:
    read = {name: code_of(name, told) for name, told in case.take("code_map", default={}).items()}
    method, basis = method_of(case.take("method")), basis_of(case.take("basis", "timing", default="agreed"))
    vat = VatSettings(method=method, basis=basis)
    codes = [code for code, _ in read.values()]
    text = "\n".join(lines_of(inputs.take("postings"), {name: code for name, (code, _) in read.items()}))
    if method == law.EFFECTIVE:
        return books_from_text(text, codes=codes, mandate=mandate_for_tests(vat=vat))
    approved = rates_of(case.take("saldo_rates", "net_tax_rates"))
    rates = {}
    for code, own in read.values():
        if code.kind == "net_tax":
            ladder = approved.get(code.ziffer.split(".")[-1]) or approved.get("") or []
            place = 1 if "33" in {box[:2] for box in code.ziffer.split(".")} else 0
            if own is None and place >= len(ladder):
                raise UnknownFieldError(f"code_map.{code.code}: no field tells its net tax rate")
            rates[code.code] = own if own is not None else ladder[place]
    frames = frames_from_text(text, vat=vat, codes=codes)
    schema = frames["tax"].schema["net_tax_value"]
    values = pl.Series("net_tax_value", [rates.get(code) for code in frames["tax"]["code"]], dtype=schema)
    return Books.from_frames({**frames, "tax": frames["tax"].with_columns(values)}, mandate_for_tests(vat=vat))


def assert_postings(where: str, case: Fields, expected: Fields, inputs: Fields) -> None:
    period = period_of(case.take("period"))
    with books_of(case, inputs) as books:
        case.take("rates")
        inputs.close()
        parts = {name: expected.take(name, default={}) for name in ("per_quarter", "per_period", "per_month")}
        for told in parts.values():
            for name, figures in told.items():
                match = _PERIOD.fullmatch(name)
                if match is None:
                    raise UnknownFieldError(f"{where}.{name} is no period")
                assert_turnover(
                    books, VatPeriod.parse(f"{match['year'] or f'{period.start.year}-'}{match['part']}"), figures
                )
        whole = expected.take("year", "total")
        if whole is not None:
            assert_turnover(books, VatPeriod.of(period.start.year, 1, 12), whole)
        assert_return(where, vat_return(books, period), expected)
        for code, figure in money(where, expected.take("tax_rows", default={})).items():
            query = "select sum(tax) as tax from vat_line where tax_code = $code"
            assert books.sql(query, code=code).item() == figure, code
        for account_no, balance in money(where, expected.take("ledger", "accounts", "balances", default={})).items():
            query = "select sum(amount) as total from posting where account_no = $no"
            assert books.sql(query, no=account_no).item() == balance, account_no
        expected.close()


def assert_return(where: str, result: VatReturn, expected: Fields) -> None:
    for box, figure in money(where, expected.take("ziffern", default={})).items():
        assert result.ziffern.get(box, ZERO) == figure, box
    for box, figure in money(where, expected.take("tax_by_ziffer", default={})).items():
        assert result.tax[box] == figure, box
    for box, figure in money(where, expected.take("booked_tax", "ledger_tax", default={})).items():
        assert result.ledger_tax[box] == figure, box
    for box, figure in money(where, expected.take("ledger_rounding", default={})).items():
        assert result.ledger_rounding[box] == figure, box
    for name, found in (("form_rounding", result.form_rounding), ("payable", result.payable)):
        told = expected.take(name)
        assert told is None or found == amount(where, told), name


def assert_turnover(books: Books, period: VatPeriod, figures: Mapping[str, object]) -> None:
    result = vat_return(books, period)
    bridge = turnover_bridge(books, period)
    found = {
        "turnover_with_code": sum(row.declared for row in bridge),
        "turnover_without_code": sum(row.difference for row in bridge),
        "turnover_total": sum(row.ledger for row in bridge),
        "declared": result.ziffern["200"],
        "difference": sum(row.ledger for row in bridge) - result.ziffern["200"],
        "tax": sum(result.tax.values(), ZERO),
        "payable": result.payable,
    }
    told = Fields(str(period), figures)
    for name, value in found.items():
        figure = told.take(name)
        assert figure is None or value == amount(f"{period}.{name}", figure), (period, name)
    for box, figure in told.boxes().items():
        assert (result.tax if box.endswith("_tax") else result.ziffern)[box[:3]] == figure, (period, box)
    told.close()


# single computations


def assert_computation(given: Fields, told: Fields, method: str) -> None:
    """One example of a brochure: a sale, turnover at a net tax rate, a foreign service, import tax, a private share."""
    net_rate, rate = given.take("saldo_rate", "net_tax_rate"), given.take("rate", "tax_rate")
    told.take("rate")
    told.take("method")
    abroad = given.take("foreign_service_net", "invoice_net_chf", "service_net")
    assessed = given.take("import_tax", "assessed_tax", "customs_tax")
    car = given.take("car_price_net", "purchase_price_net")
    if net_rate is not None:
        gross = amount(given.where, given.take("gross_turnover", "gross"))
        form = complete_net_form({"200": gross}, {("323", Decimal(str(net_rate))): gross}, {}, date(2025, 6, 30))
        assert form.payable == amount(told.where, told.take("tax", "payable"))
        assert told.take("input_tax", default="none") == "none"
    elif car is not None:
        day = date.fromisoformat(given.take("date", "day", default="2025-12-31"))
        rule, normal = law.lump_sum("car_private_share", day), law.rate_on("normal", day) or ZERO
        share = max(amount(given.where, car) * rule.rate / 100, rule.minimum) * int(given.take("months", default=12))
        assert share == amount(told.where, told.take("private_share", "gross"))
        tax = (share * normal / (100 + normal)).quantize(RAPPEN, "ROUND_HALF_UP")
        assert tax == amount(told.where, told.take("tax"))
    elif assessed is not None:
        with books_from_text(f"2025-02-15  Zoll  1170 / 1020  {assessed}  expense  ZOLLM") as books:
            assert_boxes(vat_return(books, VatPeriod.parse("2025")), told)
    elif abroad is not None:
        assert_foreign_service(given, told, method, Decimal(str(rate)), amount(given.where, abroad))
    elif rate is not None:
        assert_sale(given, told, Decimal(str(rate)))
    given.close()
    told.close()


def assert_sale(given: Fields, told: Fields, rate: Decimal) -> None:
    net, gross = given.take("net"), given.take("gross")
    code = next((c for c in reversed(law.standard_tax_codes()) if (c.kind, c.rate) == ("sales_tax", rate)), None)
    if code is None or (net is None and gross is None):
        raise UnknownFieldError(f"{given.where}: a sale needs a statutory rate and net or gross, not {given.left}")
    day = code.valid_from.replace(month=12)
    whole = amount(given.where, gross) if gross is not None else amount(given.where, net)
    if gross is None:
        whole += (whole * rate / 100).quantize(RAPPEN, "ROUND_HALF_UP")
    with books_from_text(f"{day}  Verkauf  1100 / 3200  {whole}  invoice  {code.code}") as books:
        result = vat_return(books, VatPeriod.parse(str(day.year)))
    assert result.ziffern["399"] == amount(told.where, told.take("tax"))
    assert result.ziffern["200"] + result.ziffern["399"] == amount(told.where, told.take("gross", default=whole))
    assert result.ziffern["200"] == amount(told.where, told.take("net", default=result.ziffern["200"]))


def assert_foreign_service(given: Fields, told: Fields, method: str, rate: Decimal, base: Decimal) -> None:
    given.take("supplier_country")
    assert amount(given.where, given.take("swiss_vat_on_invoice", default="0")) == 0
    code = next((c for c in law.standard_tax_codes() if (c.code[:3], c.rate) == ("BZB", rate)), None)
    if code is None:
        raise UnknownFieldError(f"{given.where}.rate: no acquisition tax at {rate} %")
    year = code.valid_from.year + 1
    share = given.take("exempt_share")
    percent = re.search(r"(\d+) % exempt", method)
    exempt = amount(given.where, share) if share is not None else Decimal(percent[1]) / 100 if percent else ZERO
    text = f"{year}-02-15  Dienstleistung  6570 / 2000  {base}  bill  {code.code}"
    if exempt:
        own_use = (base * rate / 100 * exempt).quantize(RAPPEN, "ROUND_HALF_UP")
        booked = f"manual  VEV  side=credit  rows=tax  tax={own_use}"
        text += f"\n{year}-03-31  Gemischte Nutzung  6570 / 1171  {own_use}  {booked}"
    mandate = mandate_for_tests(vat=VatSettings(method=method_of(method)))
    with books_from_text(text, mandate=mandate) as books:
        result = vat_return(books, VatPeriod.parse(str(year)))
    assert_boxes(result, told)


def assert_boxes(result: VatReturn, told: Fields) -> None:
    for name, figure in told.boxes().items():
        if name.endswith("_tax"):
            assert result.tax[name[:3]] == figure, name
        else:
            named = name.removesuffix("_base").split("_or_")
            assert sum(result.ziffern.get(box, ZERO) for box in named) == figure, name
    net = told.take("net", "net_effect", "net_cost", "payable")
    assert net is None or result.payable == amount(told.where, net)


def assert_case(given: Mapping[str, Any]) -> None:
    """Compute a case and compare every figure it states."""
    name = str(given.get("id", "case"))
    if given.get("schema") != "swiss-vat-case/1":
        raise UnknownFieldError(f"{name}.schema: {given.get('schema')!r} is not swiss-vat-case/1")
    case = Fields(name, given)
    for telling in ("expected_findings", "variants", "negative_test"):  # asked of the checks
        case.take(telling)
    listed, expected = case.take("inputs_and_expected"), case.take("expected")
    inputs = case.take("inputs", default={})
    if listed is None and isinstance(expected, Mapping) and inputs.keys() & {"ziffern", "postings"}:
        of = Fields("inputs", inputs)
        asserted = assert_postings if "postings" in inputs else assert_form
        asserted("expected", case, Fields("expected", expected), of)
    else:
        method = str(case.take("method", default="effective"))
        each = [expected] if isinstance(expected, Mapping) else expected or []
        entries = listed or [{"input": inputs, "expected": told} for told in each]
        if not entries:
            raise UnknownFieldError(f"{name}: neither boxes, postings nor computations")
        for number, entry in enumerate(entries):
            fields = Fields(f"{name}[{number}]", entry)
            told = fields.take("expected")
            values = {**fields.take("input", "inputs"), **{k: told[k] for k in ("rate",) if k in told}}
            method = str(fields.take("method") or told.get("method") or method)
            assert_computation(
                Fields(f"{name}[{number}].input", values), Fields(f"{name}[{number}].expected", told), method
            )
            fields.close()
        case.take("period")
        case.take("rates")
    case.close()


def files(folder: Path) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(folder.glob("*.json"))]


@pytest.mark.shared
@pytest.mark.parametrize("path", files(PUBLISHED))
def test_published_case(path: Path) -> None:
    assert_case(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", files(OWN))
def test_case_worked_out_by_hand(path: Path) -> None:
    assert_case(json.loads(path.read_text(encoding="utf-8")))


def _own(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    return json.loads((OWN / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", ["", "expected", "inputs", "period"])
def test_what_nobody_reads_is_an_error_that_names_it(part: str) -> None:
    case = _own("credit-in-a-loss-quarter-q4-2026")
    (case[part] if part else case)["carryforward"] = "1.00"
    with pytest.raises(UnknownFieldError, match="carryforward"):
        assert_case(case)


def test_every_figure_is_compared() -> None:
    for group in ("ziffern", "tax_by_ziffer"):
        for box in _own("net-tax-three-activities-h1-2026")["expected"][group]:
            case = _own("net-tax-three-activities-h1-2026")
            case["expected"][group][box] = str(Decimal(case["expected"][group][box]) + RAPPEN)
            with pytest.raises(AssertionError, match=box):
                assert_case(case)
