"""Findings as diagnostics, and their fixes as edits that an editor can make."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lsprotocol import types

from validator import fixing
from validator.fixing import Mend
from validator.model import Edit, Span, value
from validator.reporters.words import message, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from validator.lsp.buffers import Buffer, Position
    from validator.lsp.drafts import Draft, Verdict
    from validator.model import Finding

SOURCE = "validate"
MEND_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


@value
class Editor:
    """What was agreed with an editor: what columns count, and whether edits say of which version they are."""

    unit: str = "utf-16"
    versions: bool = False


def diagnostics(verdict: Verdict, editor: Editor) -> list[types.Diagnostic]:
    """One for each finding, in the same order. What is about a file as a whole stands at its beginning."""
    spans = [_span(finding) for finding in verdict.findings]
    places = _places(verdict.buffer, spans, editor)
    found = zip(verdict.findings, spans, strict=True)
    return [_diagnostic(finding, _range(places, span), verdict.docs) for finding, span in found]


def actions(
    verdict: Verdict, where: types.Range, only: Sequence[str | types.CodeActionKind] | None, editor: Editor
) -> list[types.CodeAction]:
    """What can be mended in a range of a text, and in all of it. ``only`` are the kinds of actions wanted."""
    mends = [_mend(finding, verdict.buffer) for finding in verdict.findings]
    made: list[tuple[types.CodeAction, list[Edit]]] = []
    if _wanted(types.CodeActionKind.QuickFix.value, only):
        for mend, shown in zip(mends, diagnostics(verdict, editor), strict=True):
            if mend is not None and _meet(shown.range, where):
                made.append((_quick_fix(mend, shown), changes(verdict.buffer, [mend])))
    safe_ones = [mend for mend in mends if mend is not None and _is_safe(mend)]
    if safe_ones and _wanted(MEND_ALL, only):
        everything = types.CodeAction(f"{SOURCE}: mend all that can be mended safely", MEND_ALL)
        made.append((everything, changes(verdict.buffer, fixing.compatible(safe_ones))))
    places = _places(verdict.buffer, (edit.span for _, edits in made for edit in edits), editor)
    for action, edits in made:
        action.edit = _written(verdict.draft, edits, places, editor)
    return [action for action, _ in made]


def _diagnostic(finding: Finding, where: types.Range, docs: str) -> types.Diagnostic:
    help = f"\n{safe(finding.help)}" if finding.help else ""
    fix = finding.fix and ("safe" if finding.fix.safe else "unsafe")
    return types.Diagnostic(
        where,
        f"{message(finding)}{help}",
        _SEVERITIES[finding.severity],
        finding.code,
        types.CodeDescription(f"{docs}rules/{finding.code}/") if docs else None,
        source=SOURCE,
        data={"name": finding.name, "fingerprint": finding.fingerprint, "fix": fix},
    )


def _quick_fix(mend: Mend, shown: types.Diagnostic) -> types.CodeAction:
    safe = _is_safe(mend)
    name = mend.finding.name if mend.finding is not None else ""
    title = f"{SOURCE}: mend {name}" + ("" if safe else " (unsafe: look at it afterwards)")
    return types.CodeAction(title, types.CodeActionKind.QuickFix, [shown], is_preferred=safe)


def _is_safe(mend: Mend) -> bool:
    return mend.finding is not None and mend.finding.fix is not None and mend.finding.fix.safe


def _mend(finding: Finding, buffer: Buffer) -> Mend | None:
    """The fix of a finding, if it has one that the editor can make."""
    if finding.fix is None or not all(buffer.shows(edit.span) for edit in finding.fix.edits):
        return None
    return Mend(finding.path, finding.fix.edits, finding.document is not None, finding)


def _written(draft: Draft, edits: Iterable[Edit], places: dict[int, Position], editor: Editor) -> types.WorkspaceEdit:
    """Edits of a text in the words of the protocol."""
    written = [types.TextEdit(_range(places, one.span), one.replacement.decode("utf-8", "replace")) for one in edits]
    if not editor.versions:
        return types.WorkspaceEdit(changes={draft.uri: written})
    document = types.OptionalVersionedTextDocumentIdentifier(draft.uri, draft.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(written))])


def changes(buffer: Buffer, mends: Sequence[Mend]) -> list[Edit]:
    """The edits of a text that make compatible mends; they do not overlap.

    Inside a container, what is mended is lines, which are escaped again; then it is one edit, of all lines
    from the first that changes to the last.
    """
    edits = sorted((edit for mend in mends for edit in mend.edits), key=lambda edit: (edit.span.start, edit.span.end))
    widened = [buffer.widened(edit) for edit in edits]
    apart = all(one.span.end <= other.span.start for one, other in pairwise(widened))
    if apart and not any(mend.inside for mend in mends):
        return widened
    data = buffer.data
    start = data.rfind(b"\n", 0, edits[0].span.start) + 1
    line_end = data.find(b"\n", max(edit.span.end for edit in edits))
    kept = len(data) - line_end if line_end >= 0 else 0
    after = fixing.edited(data, mends)
    return [buffer.widened(Edit(Span(start, len(data) - kept), after[start : len(after) - kept]))]


def _span(finding: Finding) -> Span:
    return Span(finding.byte_start or 0, finding.byte_end or 0)


def _places(buffer: Buffer, spans: Iterable[Span], editor: Editor) -> dict[int, Position]:
    return buffer.positions((offset for span in spans for offset in (span.start, span.end)), editor.unit)


def _range(places: dict[int, Position], span: Span) -> types.Range:
    return types.Range(types.Position(*places[span.start]), types.Position(*places[span.end]))


def _meet(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def _wanted(kind: str, only: Sequence[str | types.CodeActionKind] | None) -> bool:
    """Whether an action is of one of the kinds that the editor asked for, or of a kind of theirs."""
    return only is None or any(f"{kind}.".startswith(f"{getattr(one, 'value', one)}.") for one in only)
