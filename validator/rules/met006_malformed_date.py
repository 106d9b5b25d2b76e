from __future__ import annotations

from collections.abc import Iterator

from validator import faults, frontmatter, manifest, screening
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule, unpacked

_KEYS = ("date", "created", "updated", "modified", "published", "issued")
_TIME = (
    r"(?:(?P<apart>[Tt]|[ \t]+)(?P<hour>\d\d?)(?::(?P<minute>\d\d?)(?::(?P<second>\d\d?)(?:[.,]\d{1,9})?)?)?"
    r"[ \t]?(?P<zone>Z|z|[+-]\d\d?(?::?\d\d)?)?)?"
)
_FORMS = (
    r"(?P<year>\d{4})(?P<mark>-)(?P<month>\d\d?)(?:-(?P<day>\d\d?))?" + _TIME,
    r"(?P<year>\d{4})(?P<mark>[./])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)" + _TIME,
    r"(?P<day>\d\d?)(?P<mark>[./-])(?P<month>\d\d?)(?P=mark)(?P<year>\d{4}|\d\d)" + _TIME,
)
"""What is meant as a date, whether it is one or not: digits in the order of some country."""
_LONGEST = 50


@document_rule(
    code="MET006",
    name="malformed-date",
    severity="error",
    message="the key {key!r} says {value!r}, which {problem}",
    help="write the date as 2024-05-31, 2024-05 or 2024, with a time as 2024-05-31T10:15:00Z",
    wakes=screening.FRONT_MATTER,
    good=[
        Good(
            dict(
                unpacked(
                    b"<<<FILE INDEX INDEX.md>>>\n---\ndate: 1887\n---\n- `a.md`\n- `b.md`\n- `c.md`\n\n"
                    b"<<<FILE 0 a.md>>>\n---\ndate: 2024-02-29\nupdated: 2024-05\n---\nx\n\n"
                    b"<<<FILE 1 b.md>>>\n---\ndate: 2024-5-1 9:30:00 +0200\ncreated: 2024-05-31T23:59:60.5Z\n---\ny\n\n"
                    b"<<<FILE 2 c.md>>>\n---\ndate: about 1887\nissued: 1914-18\nupdated: 31 May 1887\n---\nz\n\n"
                )
            ),
            "dates and times of ISO 8601, timestamps of YAML, and words",
        )
    ],
    bad=[
        Bad(
            {
                "INDEX.md": b"---\ndate: 31.05.2024\n---\n- `a.md`\n",
                "a.md": b"---\ntitle: A\ndate: 2023-02-29\nlast_update-date: 2024-13-45\n---\nx\n",
            },
            ["INDEX.md:2:1", "a.md:3:1", "a.md:4:1"],
        ),
        Bad(
            {"INDEX.md": b"- `a.md`\n", "a.md": b"---\npublished: 05/06/24\nmodified: 2024-05-31T25:10\n---\nx\n"},
            ["a.md:2:1", "a.md:3:1"],
        ),
    ],
)
def malformed_date(document: Document) -> Iterator[Hit]:
    """A date in the front matter is none, or is not written as dates are.

    Programs that sort by it fail, or sort wrongly: there is no such day, or nobody can tell the day from the
    month. Generators of web sites take today in its place, without a word.

    Dates follow ISO 8601 and RFC 3339: a year, a month or a day, also with a time and a zone; a blank before the
    time and single digits in front of one are taken as well, as YAML has them. Judged are the keys `date`, `created`,
    `updated`, `modified`, `published`, `issued` and those that end in `_date` or `-date`, where the value is
    plainly meant as a date: digits and separators alone. Words (`about 1887`), years like `1914-18` and other
    forms of ISO 8601 are left alone. What its schema objects to already is not said twice.
    """
    found = frontmatter.judged(document)
    if found is None:
        return
    said = (
        (key, text, _problem(text)) for key, text in found.values.items() if isinstance(text, str) and _is_date(key)
    )
    wrong = [one for one in said if one[2]]
    if wrong:
        from validator import metadata

        objected = metadata.objected(document, found.values)
        for key, text, problem in wrong:
            if key not in objected:
                yield Hit(found.spans[key,], {"key": key, "value": text.strip(), "problem": problem})


def _is_date(key: str) -> bool:
    return key.lower() in _KEYS or key.lower().endswith(("_date", "-date"))


def _problem(text: str) -> str:
    """What is wrong with what is meant as a date; empty where it is one, or something else."""
    import re

    bare = text.strip()
    found = [re.fullmatch(form, bare, re.ASCII) for form in _FORMS] if len(bare) <= _LONGEST else []
    said = next((match.groupdict() for match in found if match is not None), None)
    if said is None or _is_span_of_years(said):
        return ""
    if said["mark"] != "-" or len(said["year"]) != 4 or not bare.startswith(said["year"]):
        return "is not written as ISO 8601 has it"
    month, day = said["month"], said["day"] or "01"
    if not manifest.is_date(f"{said['year']}-{month:0>2}-{day:0>2}"):
        return "is no day of the calendar" if said["day"] else "is no month of the calendar"
    if not _is_time(said):
        return "has a time that no clock shows"
    is_short = len(month) < 2 or len(day) < 2
    return "is not written as ISO 8601 has it" if is_short and said["hour"] is None else ""


def _is_span_of_years(said: dict[str, str | None]) -> bool:
    """Whether two numbers are years, the second cut short: ``1914-18``."""
    year, month = said["year"] or "", said["month"] or ""
    return said["day"] is None and said["hour"] is None and len(month) == 2 and int(month) > max(12, int(year[2:]))


def _is_time(said: dict[str, str | None]) -> bool:
    """Whether a time of day, if there is one, is on the clock: 24:00 and leap seconds are."""
    hour, minute, second = (int(said[name] or 0) for name in ("hour", "minute", "second"))
    digits = (said["zone"] or "").lstrip("+-Zz").replace(":", "")
    zone = divmod(int(digits), 100) if len(digits) > 2 else (int(digits or 0), 0)
    is_far = zone[0] > 23 or zone[1] > 59
    return (hour <= 23 or (hour == 24 and minute == second == 0)) and minute <= 59 and second <= 60 and not is_far


@malformed_date.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    wrong = random.choice(["2023-02-29", "2024-13-45", "31.05.2024", "05/06/1887", "1887-5-1"])
    faults.add_front_matter(tree, random, f"date: {wrong}\n".encode(), b"date")
