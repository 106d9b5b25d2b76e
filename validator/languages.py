"""Which language a text is written in, as far as the optional package py3langid is sure of it.

The package brings its model along, and nothing is fetched. It takes about a second to load, so that is done
when the first text is to be judged. Where it is not installed, no language is ever detected.
"""

from __future__ import annotations

from functools import cache

from validator import limits
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

ENOUGH = 200
"""Letters without which nothing can be said."""

_SURE = 0.99
_LENGTH = 4000
"""Characters of a text that are looked at, at its beginning and at its end."""
_NUMPY = 1 << 29
"""Bytes of address space without which NumPy may end the process."""
_NONE = ("und", "zxx")
_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        *("da nb nn no", "bs cnr hr sh sr", "cs sk", "bg mk", "gl pt", "an ast es ext gl", "ca oc", "fr gcf gcr ht wa"),
        *("it lij vec", "de gsw lb nds", "af fy nl", "en pcm sco", "ga gd", "lv ltg", "az crh tk tr", "ba kk ky tt"),
        *("uz uzs", "id jv ms", "bcl fil tl", "ar ary arz", "ckb ku sdh", "fa ps tg", "hi mr ne sa", "gom mr"),
        *("as bn", "he hbo", "el grc", "wuu yue zh", "gn gug", "nso st tn", "xh zu", "rn rw"),
    )
)
"""Languages so close to each other that one text can be taken for both, or of which one contains the other."""


def detected(text: str) -> str:
    """The language of a text, an ISO 639 code; empty if that is not certain.

    The beginning and the end must be in the same one.
    """
    identifier = _identifier()
    if identifier is None or sum(map(str.isalpha, text)) < ENOUGH:
        return ""
    samples = [text[:_LENGTH], text[-_LENGTH:]] if len(text) > _LENGTH else [text]
    found = [identifier.classify(sample) for sample in samples]
    languages = {language if share >= _SURE else "" for language, share in found}
    return languages.pop() if len(languages) == 1 and not languages & {*_NONE} else ""


def is_known(language: str) -> bool:
    """Whether a text in this language, an ISO 639 code, could be detected."""
    identifier = _identifier()
    return identifier is not None and language in identifier.nb_classes


def are_alike(one: str, other: str) -> bool:
    """Whether two languages are the same, or cannot be told apart with certainty."""
    return one == other or any(one in group and other in group for group in _ALIKE)


@cache
def _identifier() -> Any:
    if limits.is_scarce(_NUMPY):
        return None
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except (ImportError, AttributeError, OSError):  # not there, another version, nowhere to unpack its model
        return None
