"""The findings browser of the live notebook: filter, select, read with the bookings behind each finding, and decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import ipywidgets as widgets

from bexio_analytics.present import formats
from bexio_analytics.present.cases import CaseFile, case_detail, codes_of, severity_of, ziffern_of
from bexio_analytics.present.deciding import Deciding, DecisionForm
from bexio_analytics.present.findings import finding_text
from bexio_analytics.present.labels import SEVERITY_NAMES, severity_chip
from bexio_analytics.present.markup import Html, tag

if TYPE_CHECKING:
    from bexio_analytics.review import Case, Decision

ALL = ""
_OPEN, _DECIDED = "open", "decided"
_ROWS = 14
_WIDE = 78


class FindingsBrowser(widgets.VBox):  # type: ignore[misc]
    """Cases to filter by severity, check and text, and to open one by one.

    Shown in a notebook it is live; exported without a kernel it is the list given as ``exported``.

    Args:
        file: the cases, ranked, and what explains them.
        heading: shown above the controls.
        exported: what a page without a kernel shows instead.
        deciding: where decisions go; without it the browser only shows.
    """

    def __init__(
        self,
        file: CaseFile,
        *,
        heading: Html | None = None,
        exported: Html | None = None,
        deciding: Deciding | None = None,
    ) -> None:
        self._file, self._translate = file, file.translate
        self._exported = exported
        cases = file.review.cases
        self._cases = {case.findings[0].id: case for case in cases}
        self._places = {case.findings[0].id: place for place, case in enumerate(cases, 1)}
        self._texts = {key: self._searchable(case) for key, case in self._cases.items()}
        translate = self._translate
        every = translate("all")
        severities = sorted({severity_of(case) for case in cases})
        codes = sorted({code for case in cases for code in codes_of(case)})
        self.severity = widgets.Dropdown(
            options=[(every, 0), *((translate(SEVERITY_NAMES[number]), number) for number in severities)],
            description=translate("Severity"),
        )
        self.check = widgets.Dropdown(
            options=[(every, ALL), *((file.check_name(code), code) for code in codes)],
            description=translate("Check"),
        )
        self.search = widgets.Text(
            placeholder=translate("Text, document, contact, account"),
            description=translate("Search"),
            continuous_update=True,
        )
        self.decided = widgets.Dropdown(
            options=[(every, ALL), (translate("open"), _OPEN), (translate("decided"), _DECIDED)],
            description=translate("Decision"),
        )
        self.listing = widgets.Select(rows=_ROWS, layout=widgets.Layout(width="99%"))
        self.status = widgets.HTML(layout=widgets.Layout(min_width="8em"))
        self.detail = widgets.HTML()
        self.form = self._form(deciding) if deciding else None
        for control in (self.severity, self.check, self.decided, self.search):
            control.style.description_width = "initial"
            control.observe(lambda _change: self._filter(), "value")
        self.listing.observe(lambda _change: self._open(), "value")
        head = [widgets.HTML(f'<div class="ba">{heading}</div>')] if heading else []
        controls = widgets.HBox([self.severity, self.check, self.decided, self.search, self.status])
        forms = [self.form] if self.form else []
        super().__init__([*head, controls, self.listing, *forms, self.detail])
        self.add_class("ba-browser")
        self._filter()

    @property
    def shown(self) -> list[Case]:
        """The cases that pass the filters, ranked."""
        return [self._cases[key] for key in self._passing()]

    @property
    def selected(self) -> Case | None:
        """The case that is open."""
        return self._cases.get(str(self.listing.value))

    def _passing(self) -> list[str]:
        words = str(self.search.value).casefold().split()
        return [
            key
            for key, case in self._cases.items()
            if self.severity.value in (0, severity_of(case))
            and (self.check.value == ALL or self.check.value in codes_of(case))
            and self.decided.value in (ALL, _DECIDED if self._is_decided(case) else _OPEN)
            and all(word in self._texts[key] for word in words)
        ]

    def _filter(self) -> None:
        passing = self._passing()
        chosen = self.listing.value
        self.listing.options = [(self._line(key), key) for key in passing]
        self.listing.value = chosen if chosen in passing else (passing[0] if passing else None)
        self.status.value = self._translate(
            "{shown} of {all}", shown=formats.count(len(passing)), all=formats.count(len(self._cases))
        )
        self._open()

    def _form(self, deciding: Deciding) -> DecisionForm:
        latest = max(self._file.decisions.values(), key=lambda each: each.decided_at, default=None)
        author = latest.author if latest else ""
        return DecisionForm(deciding, self._translate, author=author, when_recorded=self._take)

    def _take(self, decisions: Mapping[str, Decision]) -> None:
        """Show new decisions; the order of the cases stays until the next review."""
        self._file = replace(self._file, decisions={**self._file.decisions, **decisions})
        self._filter()

    def _is_decided(self, case: Case) -> bool:
        return all(finding.id in self._file.decisions for finding in case.findings)

    def _open(self) -> None:
        case = self.selected
        if self.form:
            self.form.show_case(case)
        if case is None:
            nothing = tag("p", self._translate("No finding passes these filters."), class_="ba-empty")
            self.detail.value = str(tag("div", nothing, class_="ba"))
            return
        first = case.findings[0]
        effect = formats.signed_chf(case.vat_effect)
        facts = [", ".join(codes_of(case)), formats.day(first.booked_on, self._translate.lang)]
        if ziffern := ziffern_of(case):
            facts.append(self._translate("Ziffer {ziffer}", ziffer=ziffern))
        if effect:
            facts.append(f"CHF {effect}")
        head = tag(
            "div",
            tag("p", severity_chip(severity_of(case), self._translate), " · ", " · ".join(facts)),
            tag("h3", finding_text(first, self._translate)),
        )
        self.detail.value = str(tag("div", head, case_detail(case, self._file), class_="ba ba-open"))

    def _line(self, key: str) -> str:
        """One line of the listing; its columns align in the fixed-width font of the style sheet."""
        case = self._cases[key]
        first = case.findings[0]
        when = formats.day(first.booked_on, self._translate.lang)
        more = len(codes_of(case)) - 1
        codes = f"{case.leading}+{more}" if more else case.leading
        text = formats.shortened(finding_text(first, self._translate), _WIDE)
        place, effect = formats.count(self._places[key]), formats.signed_chf(case.vat_effect)
        mark = "✓" if self._is_decided(case) else " "
        return f"{mark}{place:>4}  {severity_of(case)}  {codes:<5}  {when}  {effect:>12}  {text}"

    def _searchable(self, case: Case) -> str:
        facts: list[object] = []
        for finding in case.findings:
            facts += [finding.check, finding_text(finding, self._translate), finding.subject_id]
            facts += finding.evidence.values()
        return " ".join(map(str, facts)).casefold()

    def _repr_mimebundle_(self, **options: object) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)
        return bundle | {"text/html": str(self._exported)} if self._exported else bundle
