"""The review: runs checks over books and gives findings, ranked; it knows no check itself."""

from bexio_analytics.review.case import Case, Reason
from bexio_analytics.review.changes import CHANGE_SCHEMA
from bexio_analytics.review.check import (
    SECTIONS,
    Check,
    CheckSet,
    Confidence,
    Severity,
    Threshold,
    ThresholdValue,
    check,
    check_of,
)
from bexio_analytics.review.context import (
    ACTIVITY_SCHEMA,
    FILED_PERIOD_SCHEMA,
    FILED_RETURN_SCHEMA,
    MANDATE_SCHEMA,
    PERIOD_SCHEMA,
    set_period,
)
from bexio_analytics.review.decisions import Decision, Verdict, decisions_of, observed_precision, record_decision
from bexio_analytics.review.engine import (
    FINDING_SCHEMA,
    RESULT_SCHEMA,
    CheckResult,
    Outcome,
    Review,
    review,
    run_check,
)
from bexio_analytics.review.finding import Finding, Word
from bexio_analytics.review.ranking import DECISIONS_NEEDED, Observed, cases_of, precision_of
from bexio_analytics.review.selection import Selection, select
from bexio_analytics.review.subject import SUBJECTS, Subject

__all__ = [
    "ACTIVITY_SCHEMA",
    "CHANGE_SCHEMA",
    "DECISIONS_NEEDED",
    "FILED_PERIOD_SCHEMA",
    "FILED_RETURN_SCHEMA",
    "FINDING_SCHEMA",
    "MANDATE_SCHEMA",
    "PERIOD_SCHEMA",
    "RESULT_SCHEMA",
    "SECTIONS",
    "SUBJECTS",
    "Case",
    "Check",
    "CheckResult",
    "CheckSet",
    "Confidence",
    "Decision",
    "Finding",
    "Observed",
    "Outcome",
    "Reason",
    "Review",
    "Selection",
    "Severity",
    "Subject",
    "Threshold",
    "ThresholdValue",
    "Verdict",
    "Word",
    "cases_of",
    "check",
    "check_of",
    "decisions_of",
    "observed_precision",
    "precision_of",
    "record_decision",
    "review",
    "run_check",
    "select",
    "set_period",
]
