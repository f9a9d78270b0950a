"""The review of one VAT period as a page of sections, each shown on its own in a notebook cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from bexio_analytics.checks import ALL
from bexio_analytics.periods import VatPeriod
from bexio_analytics.present import basis, charts
from bexio_analytics.present.beside import Surroundings, surroundings
from bexio_analytics.present.bookings import bookings_behind
from bexio_analytics.present.cases import CaseFile, beyond_short_list, case_list, explained_findings, first_cases
from bexio_analytics.present.coverage import coverage
from bexio_analytics.present.deciding import Deciding
from bexio_analytics.present.findings import check_title
from bexio_analytics.present.key_figures import Origin, PeriodStatus, key_figures, page_header
from bexio_analytics.present.markup import Child, Html, join, tag
from bexio_analytics.present.reconciliation import reconciliation_parts
from bexio_analytics.present.return_form import return_form
from bexio_analytics.present.tables import Column, Kind, table
from bexio_analytics.present.translation import LANGUAGES, Translator
from bexio_analytics.present.vat_lines import lines_of_period, vat_line_table
from bexio_analytics.present.widgets import FindingsBrowser
from bexio_analytics.review import decisions_of, review
from bexio_analytics.review.house import with_house_checks
from bexio_analytics.vat import vat_lines, vat_return

if TYPE_CHECKING:
    from bexio_analytics.books import Books
    from bexio_analytics.mandate import Mandate
    from bexio_analytics.review import Check, CheckSet, Review
    from bexio_analytics.vat import VatReturn

SECTIONS = {
    "figures": "Key figures",
    "return": "The return, Ziffer by Ziffer",
    "bridge": "Reconciliation with the ledger",
    "findings": "Findings",
    "charts": "Charts",
    "lines": "All VAT lines",
    "basis": "What the figures rest on",
}
"""The sections of the page, in order: anchor and English title."""
ROOM = 850_000
BYTES_PER_LINE = 400
LINES_AT_LEAST = 100
"""What form, reconciliation, findings and lines may take together: a page with its scripts stays below 1.5 MB."""


@dataclass(frozen=True)
class ReviewPage:
    """Everything the page shows about one period, computed before; every method gives one section.

    Attributes:
        books: the mandate's books, open while sections are made.
        mandate: its settings.
        period: the VAT period.
        as_of: the day the page stands for.
        vat_return: the return of the period.
        review: what the checks found.
        checks: the checks by code.
        origin: snapshot, source and version.
        translate: language of the page.
        around: earlier periods and the filed return, to show beside.
    """

    books: Books
    mandate: Mandate
    period: VatPeriod
    as_of: date
    vat_return: VatReturn
    review: Review
    checks: CheckSet | Mapping[str, Check]
    origin: Origin
    translate: Translator
    around: Surroundings = field(default_factory=Surroundings)

    @classmethod
    def prepare(cls, books: Books, period: VatPeriod | str, *, as_of: date, lang: str = LANGUAGES[0]) -> Self:
        """Compute the return, run the checks, and make the page of a period.

        Args:
            books: the mandate's books; keep them open while the sections are made.
            period: a period, or as it is written (``2026-Q3``).
            as_of: the day the page stands for.
            lang: ``de`` or ``en``.

        Raises:
            ConfigurationError: the period, the language, or the settings of a check are wrong.
        """
        period = VatPeriod.parse(period) if isinstance(period, str) else period
        result = vat_return(books, period)
        checks = with_house_checks(ALL, books.mandate.folder)
        return cls(
            books=books,
            mandate=books.mandate,
            period=period,
            as_of=as_of,
            vat_return=result,
            review=review(books, books.mandate, period, checks, as_of=as_of),
            checks=checks,
            origin=Origin(books.snapshot_id, books.source, version("bexio-analytics")),
            translate=Translator(lang),
            around=surroundings(books, result),
        )

    def header(self) -> Html:
        """Mandate, period, method, source and deadline, with links to the sections."""
        t = self.translate
        links = [tag("a", t(title), href=f"#{anchor}") for anchor, title in SECTIONS.items()]
        head = page_header(self.mandate, self.vat_return, self.origin, self.as_of, t, status=self._status)
        return tag("div", head, tag("nav", *links, class_="ba-nav", aria_label=t("Sections")), class_="ba")

    def key_figures(self) -> Html:
        """What will be paid, by when, and what stands in the way; on paper also what to look at first."""
        covered = coverage(self.books, self.period)
        return self._section(
            "figures",
            None,
            key_figures(self.vat_return, self.review, covered, self.as_of, self.translate),
            first_cases(self._file, class_="ba-paper"),
        )

    def form(self) -> Html:
        """The return, Ziffer by Ziffer."""
        t = self.translate
        return self._section(
            "return",
            t("As the form shows it. Every Ziffer opens to its VAT lines; the bar says what a figure rests on."),
            self._form,
            class_="ba-own-sheet",
        )

    def bridge(self) -> Html:
        """The return reconciled with turnover, input tax, documents, VAT accounts, and the year with its periods."""
        lead = self.translate("What was booked beside what is declared. A difference is shown, never corrected.")
        return self._section("bridge", lead, self._reconciliation)

    def findings(self) -> FindingsBrowser:
        """The ranked cases: live a browser, exported a table that sorts and filters without a kernel."""
        t = self.translate
        lead = t(
            "One row per booking, with all that speaks against it. First comes what is most likely wrong, most severe "
            "and costs most; kinds take turns. Each row opens to its reasons, its evidence, its bookings and its rank."
        )
        behind = beyond_short_list(self._file)
        return FindingsBrowser(
            self._file,
            heading=join([self._heading("findings"), tag("p", lead, class_="ba-lead"), behind]),
            exported=self._section(
                "findings", lead, first_cases(self._file, class_="ba-screen"), behind, self._listing
            ),
            deciding=Deciding(self.books.mandate.folder, self.period.id),
        )

    def charts(self) -> Html:
        """Tax by month and by code, findings by severity and effect, each with its figures."""
        t = self.translate
        by_month = charts.tax_by_month(self.books, self.period)
        by_code = charts.tax_by_code(self.books, self.period)
        by_check = charts.findings_by_check(self.review)
        titles = {code: check_title(check, t) for code, check in self.checks.items()}
        return self._section(
            "charts",
            None,
            self._figure(
                t("Output and input tax by month"),
                t("Twelve months up to the end of the period; months before it are paler."),
                charts.to_html(charts.draw_tax_by_month(by_month, t)) if by_month.height else None,
                table(
                    charts.months_side_by_side(by_month).iter_rows(named=True),
                    [
                        Column("month_start", t("Month from"), Kind.DATE),
                        Column("output", t("Output and acquisition tax"), Kind.AMOUNT),
                        Column("input", t("Input tax"), Kind.AMOUNT),
                        Column("payable", t("Payable"), Kind.AMOUNT),
                    ],
                    t, is_interactive=False, page=None,
                ),
            ),
            self._figure(
                t("VAT by tax code"),
                t("Tax booked in the period under each code."),
                charts.to_html(charts.draw_tax_by_code(by_code, t)) if by_code.height else None,
                table(
                    by_code.iter_rows(named=True),
                    [
                        Column("tax_code", t("Tax code"), class_="ba-code"),
                        Column("rate", t("Rate"), Kind.RATE),
                        Column("lines", t("VAT lines"), Kind.COUNT),
                        Column("net", t("Base"), Kind.AMOUNT),
                        Column("tax", t("Tax CHF"), Kind.AMOUNT),
                    ],
                    t, is_interactive=False, page=None,
                ),
            ),
            self._figure(
                t("Findings by severity and CHF at stake"),
                t("Sum of the VAT effects of each check without regard to sign; in brackets the number of findings."),
                charts.to_html(charts.draw_findings_by_check(by_check, t, titles)) if by_check.height else None,
                None,
            ),
        )  # fmt: skip

    def lines(self) -> Html:
        """All VAT lines of the period in one table that sorts and filters."""
        t = self.translate
        frame = lines_of_period(self.books, self.period)
        room = ROOM - len(self._form.text) - len(self._listing.text) - len(self._reconciliation.text)
        limit = max(LINES_AT_LEAST, room // BYTES_PER_LINE)
        return self._section(
            "lines",
            t("One line per booking and tax code. Filter by text, code, Ziffer or amount."),
            vat_line_table(frame, t, base="net", tax="tax", limit=limit, is_wide=True),
            class_="ba-landscape",
        )

    def basis(self) -> Html:
        """Evidence, checks with their populations, and assumptions."""
        t = self.translate
        return self._section(
            "basis",
            None,
            tag("h3", t("Assumptions")),
            basis.assumptions(self.mandate, self.vat_return, t),
            tag("h3", t("Evidence for the tax codes")),
            basis.evidence_shares(self.vat_return, t),
            tag("h3", t("Checks")),
            basis.check_summary(self.review, t),
            basis.checks_run(self.review, t),
        )

    @cached_property
    def _status(self) -> PeriodStatus | None:
        rows = self.books.sql(
            "select status, closed_on from vat_period where start_on = $start and end_on = $end",
            start=self.period.start,
            end=self.period.end,
        ).rows()
        return PeriodStatus(*rows[0]) if rows and rows[0][0] else None

    @cached_property
    def _form(self) -> Html:
        return return_form(self.vat_return, vat_lines(self.books, self.period), self.translate, self.around)

    @cached_property
    def _reconciliation(self) -> Html:
        return reconciliation_parts(self.books, self.vat_return, self.around.filed, self.as_of, self.translate)

    @cached_property
    def _listing(self) -> Html:
        return case_list(self._file)

    @cached_property
    def _file(self) -> CaseFile:
        bookings = bookings_behind(self.books, explained_findings(self.review.cases))
        decisions = {each.finding_id: each for each in decisions_of(self.books.mandate.folder)}
        return CaseFile(self.review, self.checks, bookings, self.translate, decisions)

    def _heading(self, anchor: str) -> Html:
        number = tag("span", str(list(SECTIONS).index(anchor) + 1), class_="ba-section-no")
        return tag("h2", number, self.translate(SECTIONS[anchor]), id=anchor)

    def _section(self, anchor: str, lead: str | None, *content: Child, class_: str = "") -> Html:
        intro = tag("p", lead, class_="ba-lead") if lead else None
        return tag("section", self._heading(anchor), intro, *content, class_=f"ba {class_}".strip())

    def _figure(self, title: str, lead: str, drawing: Html | None, figures: Html | None) -> Html:
        behind = (
            tag("details", tag("summary", self.translate("Figures")), figures, class_="ba-figures")
            if drawing and figures
            else None
        )
        nothing = tag("p", self.translate("Nothing to show."), class_="ba-empty")
        return tag(
            "figure",
            tag("div", tag("figcaption", tag("b", title), tag("span", lead)), drawing or nothing, class_="ba-keep"),
            behind,
            class_="ba-figure-block",
        )
