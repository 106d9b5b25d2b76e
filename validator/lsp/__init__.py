"""The editor server behind ``validate lsp``: findings and their fixes while somebody types.

It speaks the Language Server Protocol, version 3.17, over standard input and output. It reads and never
writes: a fix is an edit that the editor makes in its own text.
"""

from __future__ import annotations

from validator.model import UsageError


def serve() -> int:
    """Serve the editor that started this process; return the exit code. Raises ``UsageError``.

    The code is 0 if the editor said goodbye (``shutdown``, then ``exit``), and 1 if it did not.
    """
    try:
        from validator.lsp.server import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the editor server needs pygls 2: pip install 'collection-validator[lsp]'") from None
    return run()
