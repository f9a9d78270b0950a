"""``review --self-test``: what the review finds of errors that are planted in a copy of the mandate's own books."""

from __future__ import annotations

from collections import Counter
from datetime import date

from bexio_analytics import Mandate, VatPeriod
from bexio_analytics.cli.output import CONSOLE, ERRORS, print_json, table
from bexio_analytics.review import CheckSet
from bexio_analytics.review.self_test import SelfTest, Tally, self_test
from bexio_analytics.snapshot import TABLES, Snapshot


def run_self_test(
    settings: Mandate, period: VatPeriod, checks: CheckSet, *, as_of: date, budget: int, seed: int, as_json: bool
) -> SelfTest:
    """Plant, review and print; nothing is written to the mandate's folder."""
    snapshot = Snapshot.latest(settings.folder / "snapshots")
    done = self_test(
        {name: snapshot.frame(name) for name in TABLES},
        settings,
        period,
        checks,
        as_of=as_of,
        source=snapshot.manifest.source,
        snapshot_id=snapshot.id,
        budget=budget,
        seed=seed,
    )
    if as_json:
        print_json(done.to_json())
    else:
        _print(done)
    return done


def _print(done: SelfTest) -> None:
    table(
        f"Errors planted in a copy of the books of {done.mandate}, {done.period}",
        ["error", "planted", "found", f"in first {done.budget}", "by", "rank"],
        [_row(tally, done.budget) for tally in done.tallies],
        right=["planted", "found", f"in first {done.budget}"],
    )
    planted, found = len(done.trials), sum(len(tally.found) for tally in done.tallies)
    within = sum(len(tally.within(done.budget)) for tally in done.tallies)
    CONSOLE.print(
        f"[bold]{within} of {planted}[/] planted errors are among the first {done.budget} findings, {found} are found "
        f"at all. Ranks count the {done.own} findings of these books as they are."
    )
    missed = [tally.kind.title for tally in done.tallies if tally.trials and not tally.found]
    if missed:
        CONSOLE.print("Never found: " + ", ".join(missed) + ". Look for these yourself.", markup=False)
    for code, reason in done.failed.items():
        ERRORS.print(f"Check {code} failed to run: {reason}", markup=False)


def _row(tally: Tally, budget: int) -> list[str]:
    if not tally.trials:
        return [tally.kind.title, "", "", "", "no material", ""]
    ranks = sorted(trial.rank for trial in tally.found if trial.rank is not None)
    checks = Counter(trial.check for trial in tally.found).most_common()
    shown = f"{ranks[0]}" if len(set(ranks)) == 1 else f"{ranks[0]}-{ranks[-1]}" if ranks else ""
    counts = (len(tally.trials), len(tally.found), len(tally.within(budget)))
    return [tally.kind.title, *(str(each) for each in counts), ", ".join(str(code) for code, _ in checks), shown]
