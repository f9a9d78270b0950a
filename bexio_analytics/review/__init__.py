"""The review: runs checks over books and gives findings, ranked; it knows no check itself."""

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
from bexio_analytics.review.ranking import ranked
from bexio_analytics.review.selection import Selection, select
from bexio_analytics.review.subject import SUBJECTS, Subject

__all__ = [
    "ACTIVITY_SCHEMA",
    "CHANGE_SCHEMA",
    "FILED_PERIOD_SCHEMA",
    "FILED_RETURN_SCHEMA",
    "FINDING_SCHEMA",
    "MANDATE_SCHEMA",
    "PERIOD_SCHEMA",
    "RESULT_SCHEMA",
    "SECTIONS",
    "SUBJECTS",
    "Check",
    "CheckResult",
    "CheckSet",
    "Confidence",
    "Finding",
    "Outcome",
    "Review",
    "Selection",
    "Severity",
    "Subject",
    "Threshold",
    "ThresholdValue",
    "Word",
    "check",
    "check_of",
    "ranked",
    "review",
    "run_check",
    "select",
    "set_period",
]
