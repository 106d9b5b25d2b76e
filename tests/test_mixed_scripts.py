"""Words in two scripts: which are slips, which are meant, and what mends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_text import document_of
from validator import screening
from validator.model import Hit
from validator.rules.txt011_mixed_script_word import mixed_script_word

# Each with what it should be.
SLIPS = {
    # Cyrillic or Greek letters in a Latin word
    "pаypal": "paypal",
    "pаypаl": "paypal",
    "рaypal.com": "paypal.com",
    "see mаle and fеmаlе": "see male and female",
    "Мicrosoft, Сtrl, Аbout": "Microsoft, Ctrl, About",
    "unziр, stoр, Uniх": "unzip, stop, Unix",
    "CРU, PNМ, VLС, GNOМЕ": "CPU, PNM, VLC, GNOME",
    "СTRL, НTML": "CTRL, HTML",
    "iРhone, PаyPаl": "iPhone, PayPal",
    "an аррlеt": "an applet",
    "Citroёn": "Citroën",
    "сlass, сolor: red, сallback-функция": "class, color: red, callback-функция",
    "Βasic, ΧML, Οffset, PNΜ, photοs": "Basic, XML, Offset, PNM, photos",
    # Latin letters in a Cyrillic word
    "Cписок cлов": "Список слов",
    "Cвязь, Mужчина, Hикого, Eсли, Tова": "Связь, Мужчина, Никого, Если, Това",
    "pаботе, yдалось, oпыт": "работе, удалось, опыт",
    "типa, режимe, Ищy, одинo": "типа, режиме, Ищу, одино",
    "пpогpаммист, череcстрочность": "программист, чересстрочность",
    "HЬЮТОНА-АPХИМЕДА, РАЗМEР": "НЬЮТОНА-АРХИМЕДА, РАЗМЕР",
    "по-pусски": "по-русски",
    "распространëнный": "распространённый",
    "ще є: Прафiль, налаштувaння, iнший": "ще є: Прафіль, налаштування, інший",
    "што ў: Навiгацыя, старонкi": "што ў: Навігацыя, старонкі",
    "қазақ: Бiрiншi, Iздеу": "қазақ: Бірінші, Іздеу",
    "ћирилица: Украjина, овaј": "ћирилица: Украјина, овај",
    "бóльшие, временнáя": "бо\u0301льшие, временна\u0301я",
    # Latin letters in a Greek word
    "αρχείo, Σφαιρoποίηση, βέβαιοi": "αρχείο, Σφαιροποίηση, βέβαιοι",
    "Aρχείο, Tύπος, Yπερσύνδεσμος, Mαρία": "Αρχείο, Τύπος, Υπερσύνδεσμος, Μαρία",
    "ΛΕΙΤΟΥΡΓIΚΟΤΗΤΑΣ, Κρóκος": "ΛΕΙΤΟΥΡΓΙΚΟΤΗΤΑΣ, Κρ\u03ccκος",
}

MEANT = """
5 μm 5μl µm kΩ mΩ MΩ dΩ dB Δt ΔT ΔxΔt πr² Hα Kα Lβ RVAα σv dσ ρs λx αx Δx Σx kλ hν Eν Bν
β-carotene α-Fe γ-Al2O3 μTorrent Leεmer yesεa ρs₁ xₙβ [ˈθɪŋk] /θæŋks/ [βoˈɾa] bæθ
ημx συνx εφx Eκιν Kαρχ Tτελ Pεπιτυχία Nπληθυσμός ΘέσηX ΑριθμόςY ΥπηρεσίαUNO Αρχείοpdf
PDF-файл SMS-ка web-сайт Wi-Fi-роутер Т-34A S-образный SQLем HTMLу PDFа PDFки CDшник IPшник PHPшник
URLа TeXа TeXу TeXе TeXом LaTeXа PostScriptе Unixе cronа Javaу Linuxом WEBанутый UVи XМLки Windowsің
МойPDF ОСAndroid сLinux ПрограммаOCR мояCPAкарта XОбъект МассивX ПАКЕТX ТИПA СТОШYX ПРЕФИКСaa
Iмакс Iпит Tнар Tокр Pобр Pполная Xмин Xмакс Hср Cуд Bвых кВт кHz MГц kВ mВ ZТЕСТ FТЕСТ TТЕСТ XКООРД
ДxШxВ ДхШхВ NхM ДДTЧЧ ГГГГ-ММ-ДДTЧЧ:ММ
Кf3 Кc6 Сb5 Крe2 Крxc6 Сxg2 Кxe5 Крxe2 Лad1 Сae1
a aа oо aаa еeё ВB cCсС yYаА yYуУ [oо0] [a-zа-яё] [A-Za-zА-Яа-яЁё] [а-яa-z] A-ZА-Я
\\nСтрока \\tСписок \\fIТЕКА \\fBНе\\fP \\xНН \\alphaхо %sНет %dх %lluс %1$sох %Sс %%0Aсписок %D0с %3Aсо
~aСейчас $xСо &cСлово §cСлово ^cСлово -oФАЙЛ --cСписок
2xАА 8Сx 0xАС u043fСx x64Сo
машиныintermediary falseГде гІалгІай гIалгIай æмæ Чӑваш чĕлхи ÿкер
"""


def hits(text: str) -> list[Hit]:
    return list(mixed_script_word.check(document_of(text.encode())))


def mended(text: str) -> str:
    data = text.encode()
    for hit in reversed(hits(text)):
        assert hit.fix is not None
        for edit in reversed(hit.fix.edits):
            data = data[: edit.span.start] + edit.replacement + data[edit.span.end :]
    return data.decode()


@pytest.mark.parametrize(("text", "meant"), SLIPS.items(), ids=SLIPS)
def test_a_slip_is_found_and_mended(text: str, meant: str) -> None:
    assert hits(text)
    assert mended(text) == meant
    assert hits(meant) == []


@pytest.mark.parametrize("word", MEANT.split())
def test_what_is_meant_is_left_alone(word: str) -> None:
    for text in (word, f"{word} ", f"see {word}, and", f"это {word}, и", f"και {word} ή", f"({word})"):
        assert [hit.words["word"] for hit in hits(text)] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pаypal", "'pаypal' mixes Latin and Cyrillic letters: letter 2 is CYRILLIC SMALL LETTER A"),
        (
            "paypаl and pаypаl",
            "'paypаl' mixes Latin and Cyrillic letters: letter 5 is CYRILLIC SMALL LETTER A",
        ),
        (
            "pаypаl",
            "'pаypаl' mixes Latin and Cyrillic letters: letter 2 is CYRILLIC SMALL LETTER A, and 1 more is Cyrillic",
        ),
        (
            "Пpичинa: pаботa",
            "'Пpичинa' mixes Cyrillic and Latin letters: letter 2 is LATIN SMALL LETTER P, and 1 more is Latin",
        ),
        (
            "ста\u0301poе",
            "'ста\u0301poе' mixes Cyrillic and Latin letters: letter 4 is LATIN SMALL LETTER P, and 1 more is Latin",
        ),
        ("αρχείo", "'αρχείo' mixes Greek and Latin letters: letter 6 is LATIN SMALL LETTER O"),
    ],
)
def test_the_message_names_the_letter(text: str, message: str) -> None:
    hit = hits(text)[0]
    words = {key: f"'{word}'" if key == "word" else word for key, word in hit.words.items()}
    assert mixed_script_word.message.replace("!r", "").format(**words) == message


def test_the_text_around_decides_where_the_letters_do_not() -> None:
    """Every letter of the word has a look-alike in the other script, and there are as many of each."""
    assert mended("a good cохp of words") == "a good coxp of words"
    assert mended("хорошее слово cохp здесь") == "хорошее слово сохр здесь"
    assert hits("cохp") == []


words = st.lists(
    st.sampled_from(
        [
            *"acopxyAHTRzbi",
            *"асорхуАНТРздї",
            *"οανΑΝΤδάς",
            *"éëæəɪϗҶ",
            *"\u0301\u0483\u0375\u0482",
            " ",
            "-",
            "1",
            "_",
            "%",
        ]
    ),
    max_size=9,
).map("".join)


@given(words)
def test_the_screen_wakes_the_rule(text: str) -> None:
    if hits(text):
        assert screening.screen(text.encode()) & screening.MIXED_SCRIPT


@given(words)
def test_what_is_marked_and_mended_are_the_letters_of_one_script(text: str) -> None:
    data = text.encode()
    last = 0
    for hit in hits(text):
        assert hit.span is not None
        assert hit.fix is not None
        edits = hit.fix.edits
        assert last <= hit.span.start == edits[0].span.start
        assert hit.span.end == edits[-1].span.end <= len(data)
        last = hit.span.end
        word = str(hit.words["word"])
        assert word in text
        assert hits(mended(word)) == []
        for edit in edits:
            assert data[edit.span.start : edit.span.end].decode().isalpha()


def test_a_long_word_is_no_burden() -> None:
    """A word of millions of letters is no word, wherever in it the scripts change."""
    for text in ("aа" * 1_000_000, "a" * 1_000_000 + "а", "а\u0301" * 500_000 + "x", "pаypal" * 300_000):
        assert hits(text) == []
    assert len(hits("a" * 100_000 + " pаypal " + "я" * 100_000)) == 1
