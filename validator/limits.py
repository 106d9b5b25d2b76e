"""What the system allows this process: too little memory for some libraries, or only a few open files.

Some libraries end the process, or never answer, when memory runs out while they are loaded. So they are not loaded
where the limit on addresses (``ulimit -v``) is below what they map, which is far more than they ever use.
"""

from __future__ import annotations

from validator.model import UsageError

_MANY = 1 << 20


def is_scarce(needed: int) -> bool:
    """Whether this process may map fewer bytes of memory than are needed."""
    limit = _limit("RLIMIT_AS")
    return limit is not None and limit < needed


def refuse_scarce(needed: int, what: str) -> None:
    """Raise ``UsageError`` where this process may map fewer bytes of memory than something needs."""
    if is_scarce(needed):
        raise UsageError(f"{what} needs {needed >> 20:,} MiB of address space: raise the limit (ulimit -v)")


def files() -> int:
    """How many files this process may have open at once (``ulimit -n``)."""
    limit = _limit("RLIMIT_NOFILE")
    return _MANY if limit is None else limit


def _limit(name: str) -> int | None:
    """The limit of a resource; ``None`` where there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit: int = resource.getrlimit(getattr(resource, name))[0]
    return None if limit == resource.RLIM_INFINITY else limit
