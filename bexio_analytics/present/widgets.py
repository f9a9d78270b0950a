"""The findings browser of the live notebook: filter, select, read, with the bookings behind each finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets
import polars as pl

from bexio_analytics.present import formats
from bexio_analytics.present.findings import check_title, finding_detail, finding_text
from bexio_analytics.present.labels import SEVERITY_NAMES, severity_chip
from bexio_analytics.present.markup import Html, tag

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Check, Finding

ALL = ""
_ROWS = 14
_WIDE = 78


class FindingsBrowser(widgets.VBox):  # type: ignore[misc]
    """Findings to filter by severity, check and text, and to open one by one.

    Shown in a notebook it is live; exported without a kernel it is the list given as ``exported``.

    Args:
        findings: ranked.
        checks: by code.
        bookings: journal lines behind a finding, by finding id.
        translate: language.
        heading: shown above the controls.
        exported: what a page without a kernel shows instead.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        checks: Mapping[str, Check],
        bookings: Mapping[str, pl.DataFrame],
        translate: Translator,
        *,
        heading: Html | None = None,
        exported: Html | None = None,
    ) -> None:
        self._findings = {finding.id: finding for finding in findings}
        self._checks, self._bookings, self._translate = checks, bookings, translate
        self._exported = exported
        self._texts = {finding.id: self._searchable(finding) for finding in findings}
        every = translate("all")
        severities = sorted({int(finding.severity) for finding in findings})
        codes = sorted({finding.check for finding in findings})
        self.severity = widgets.Dropdown(
            options=[(every, 0), *((translate(SEVERITY_NAMES[number]), number) for number in severities)],
            description=translate("Severity"),
        )
        self.check = widgets.Dropdown(
            options=[(every, ALL), *((self._check_name(code), code) for code in codes)],
            description=translate("Check"),
        )
        self.search = widgets.Text(
            placeholder=translate("Text, document, contact, account"),
            description=translate("Search"),
            continuous_update=True,
        )
        self.listing = widgets.Select(rows=_ROWS, layout=widgets.Layout(width="99%"))
        self.status = widgets.HTML(layout=widgets.Layout(min_width="8em"))
        self.detail = widgets.HTML()
        for control in (self.severity, self.check, self.search):
            control.style.description_width = "initial"
            control.observe(lambda _change: self._filter(), "value")
        self.listing.observe(lambda _change: self._open(), "value")
        head = [widgets.HTML(f'<div class="ba">{heading}</div>')] if heading else []
        controls = widgets.HBox([self.severity, self.check, self.search, self.status])
        super().__init__([*head, controls, self.listing, self.detail])
        self.add_class("ba-browser")
        self._filter()

    @property
    def shown(self) -> list[Finding]:
        """The findings that pass the filters, ranked."""
        words = str(self.search.value).casefold().split()
        return [
            finding
            for finding in self._findings.values()
            if self.severity.value in (0, int(finding.severity))
            and self.check.value in (ALL, finding.check)
            and all(word in self._texts[finding.id] for word in words)
        ]

    @property
    def selected(self) -> Finding | None:
        """The finding that is open."""
        return self._findings.get(str(self.listing.value))

    def _filter(self) -> None:
        shown = self.shown
        chosen = self.listing.value
        self.listing.options = [(self._line(finding), finding.id) for finding in shown]
        self.listing.value = chosen if any(f.id == chosen for f in shown) else (shown[0].id if shown else None)
        self.status.value = self._translate(
            "{shown} of {all}", shown=formats.count(len(shown)), all=formats.count(len(self._findings))
        )
        self._open()

    def _open(self) -> None:
        finding = self.selected
        if finding is None:
            nothing = tag("p", self._translate("No finding passes these filters."), class_="ba-empty")
            self.detail.value = str(tag("div", nothing, class_="ba"))
            return
        effect = formats.signed_chf(finding.vat_effect)
        facts = [finding.check, formats.day(finding.booked_on, self._translate.lang)]
        if finding.ziffer:
            facts.append(self._translate("Ziffer {ziffer}", ziffer=finding.ziffer))
        if effect:
            facts.append(f"CHF {effect}")
        head = tag(
            "div",
            tag("p", severity_chip(int(finding.severity), self._translate), " · ", " · ".join(facts)),
            tag("h3", finding_text(finding, self._translate)),
        )
        body = finding_detail(finding, self._checks.get(finding.check), self._bookings.get(finding.id), self._translate)
        self.detail.value = str(tag("div", head, body, class_="ba ba-open"))

    def _line(self, finding: Finding) -> str:
        """One line of the listing; its columns align in the fixed-width font of the style sheet."""
        when = formats.day(finding.booked_on, self._translate.lang)
        text = finding_text(finding, self._translate)
        text = text if len(text) <= _WIDE else text[: _WIDE - 1] + "…"
        return f"{int(finding.severity)}  {finding.check}  {when}  {formats.signed_chf(finding.vat_effect):>12}  {text}"

    def _check_name(self, code: str) -> str:
        check = self._checks.get(code)
        return f"{code} {check_title(check, self._translate)}" if check else code

    def _searchable(self, finding: Finding) -> str:
        facts = (finding.check, finding_text(finding, self._translate), finding.subject_id, *finding.evidence.values())
        return " ".join(str(fact) for fact in facts).casefold()

    def _repr_mimebundle_(self, **options: object) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)
        return bundle | {"text/html": str(self._exported)} if self._exported else bundle
