"""The form by which a reader decides on a case: to correct, accepted or explained, by whom and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as widgets

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.present import formats
from bexio_analytics.present.findings import finding_text
from bexio_analytics.present.labels import VERDICT_NAMES
from bexio_analytics.present.markup import tag
from bexio_analytics.review import Decision, Verdict, record_decision

if TYPE_CHECKING:
    from bexio_analytics.present.translation import Translator
    from bexio_analytics.review import Case

_EVERY = ""
_WIDE = 78


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Where decisions of one review go.

    Attributes:
        folder: of the mandate; its ``decisions.jsonl`` is appended to.
        period_id: VAT period under review.
        clock: says when a decision is taken.
    """

    folder: Path
    period_id: str
    clock: Callable[[], datetime] = _now


class DecisionForm(widgets.VBox):  # type: ignore[misc]
    """Decides on all findings of the open case, or on one of them.

    Args:
        deciding: where the decisions go.
        translate: language.
        author: name to begin with.
        when_recorded: called with the new decisions by finding id, after they are on disk.
    """

    def __init__(
        self,
        deciding: Deciding,
        translate: Translator,
        *,
        author: str,
        when_recorded: Callable[[Mapping[str, Decision]], None],
    ) -> None:
        self._deciding, self._translate, self._when_recorded = deciding, translate, when_recorded
        self._case: Case | None = None
        self.finding = widgets.Dropdown(description=translate("Decide on"), layout=widgets.Layout(width="99%"))
        self.verdict = widgets.ToggleButtons(
            options=[(translate(VERDICT_NAMES[str(verdict)]), verdict) for verdict in Verdict], value=None
        )
        self.note = widgets.Text(
            description=translate("Reason"),
            placeholder=translate("needed where nothing is wrong"),
            layout=widgets.Layout(width="60%"),
        )
        self.author = widgets.Text(value=author, description=translate("Decided by"))
        self.button = widgets.Button(description=translate("Record the decision"), button_style="primary")
        self.button.layout = widgets.Layout(width="auto", align_self="flex-start")
        self.message = widgets.HTML()
        for control in (self.finding, self.note, self.author):
            control.style.description_width = "initial"
        self.button.on_click(lambda _button: self.record())
        super().__init__(
            [self.finding, self.verdict, widgets.HBox([self.note, self.author]), self.button, self.message]
        )
        self.add_class("ba-decide")

    def show_case(self, case: Case | None) -> None:
        """Show the form for another case; what was written for the one before is cleared."""
        if case is self._case:
            return
        self._case = case
        findings = case.findings if case else ()
        every = [(self._translate("all {n} findings", n=formats.count(len(findings))), _EVERY)]
        single = [
            (formats.shortened(f"{each.check} {finding_text(each, self._translate)}", _WIDE), each.id)
            for each in findings
        ]
        self.finding.options = single if len(findings) == 1 else every + single
        self.finding.index = 0
        self.verdict.value, self.note.value, self.message.value = None, "", ""
        self.layout.display = None if case else "none"

    def record(self) -> None:
        """Append the decision; what is missing or went wrong is said, and nothing else happens."""
        if self._case is None:
            return
        if self.verdict.value is None:
            self._say(self._translate("Choose what is to be done."))
            return
        taken: dict[str, Decision] = {}
        problem = ""
        try:
            for finding in self._case.findings:
                if self.finding.value in (_EVERY, finding.id):
                    taken[finding.id] = record_decision(
                        self._deciding.folder,
                        finding,
                        self._deciding.period_id,
                        self.verdict.value,
                        note=str(self.note.value),
                        author=str(self.author.value),
                        decided_at=self._deciding.clock(),
                    )
        except (ConfigurationError, OSError) as error:
            problem = str(error)
        if taken:
            self._when_recorded(taken)
        recorded = self._translate.count("{n} decision recorded.", "{n} decisions recorded.", len(taken))
        self._say(" ".join([recorded] * bool(taken) + [problem] * bool(problem)))
        if not problem:
            self.verdict.value, self.note.value = None, ""

    def _say(self, text: str) -> None:
        self.message.value = str(tag("div", tag("p", text, class_="ba-note"), class_="ba"))
