"""The report for programs that read line by line (https://jsonlines.org): an object for each finding, then the summary.

``kind`` says which it is, ``finding`` or ``summary``. The other keys of a finding are those of the format
``json``, and so are those of the summary, which comes with the version of the format and of the program. A
report without a summary at its end was cut off.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Look, Report
from validator.reporters.json import TOOL, VERSION, finding_object, summary
from validator.reporters.jsontext import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Report, look: Look) -> Iterator[str]:
    """One line for each finding, and one for the summary, which is there even where ``look`` is quiet."""
    for finding in report.findings:
        yield as_text({"kind": "finding", **finding_object(finding)})
    yield as_text({"kind": "summary", "version": VERSION, "tool": TOOL, **summary(report)})
