"""What a path is that names no file on the disk: a URL, or ``git:REV:path``; and how it may be shown."""

from __future__ import annotations

import os

from validator import manifest

GIT = "git:"
_MASK = "***"
_WEB = ("http", "https")
_CHANCE = 3
"""Characters that a value in a query may share with other words by chance."""


def is_spelled(path: str) -> bool:
    """Whether a path is spelled like a URL."""
    scheme, colon, _ = path.partition("://")
    is_drive = len(scheme) < 2
    return bool(colon) and not is_drive and scheme[0].isalpha() and not any(one in scheme for one in "/\\*?[ ")


def is_url(path: str) -> bool:
    """Whether a path is a URL; something on the disk that is called so goes first."""
    return is_spelled(path) and not os.path.lexists(path)


def is_git(path: str) -> bool:
    """Whether a path is spelled ``git:REV:path``; something on the disk that is called so goes first."""
    return path.startswith(GIT) and not is_url(path) and not os.path.lexists(path)


def is_elsewhere(path: str) -> bool:
    """Whether a path names something that does not lie on the disk."""
    return is_url(path) or is_git(path)


def is_web(url: str) -> bool:
    """Whether a URL names something on a web server, where a question mark begins a query."""
    return url.partition("://")[0].lower() in _WEB


def divided(url: str) -> tuple[str, str]:
    """A URL without its query, and the query with its question mark; only the web has queries."""
    before, mark, query = url.partition("?") if is_web(url) else (url, "", "")
    return before, mark + query


def named(url: str) -> str:
    """How a URL is shown: without a password, the names that stand for one, and the query, which may be signed."""
    before, query = divided(url)
    scheme, colon, rest = before.partition("://")
    host, slash, path = rest.partition("/")
    user, at, name = host.rpartition("@")
    if is_web(url) and user:
        user = _MASK
    elif ":" in user:
        user = f"{user.partition(':')[0]}:{_MASK}"
    return f"{scheme}{colon}{user}{at}{name}{slash}{path}" + (f"?{_MASK}" if query else "")


def collection(path: str) -> str:
    """What findings call the collection at a path: a URL as it is shown, of an index on a web server its folder."""
    if not is_url(path):
        return path
    before, _ = divided(path)
    is_index = is_web(path) and before.endswith(f"/{manifest.NAME}")
    shown = named(before.removesuffix(manifest.NAME) if is_index else path)
    return shown if shown.endswith("://") else shown.rstrip("/")


def without_secrets(words: str, url: str) -> str:
    """What somebody said of a URL, without what ``named`` does not show of it."""
    from urllib.parse import unquote

    before, query = divided(url)
    user = before.partition("://")[2].partition("/")[0].rpartition("@")[0]
    values = {pair.partition("=")[2] for pair in query[1:].split("&")}
    secrets = {user, user.partition(":")[2], query[1:], *(value for value in values if len(value) > _CHANCE)}
    secrets |= {unquote(secret) for secret in secrets}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, _MASK)
    return words
