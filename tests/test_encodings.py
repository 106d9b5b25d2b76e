"""Documents that are not UTF-8: every byte has one finding, encodings are named, fixes give the text back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.strategies import texts
from tests.test_text import RULES, document_of, documents, found_in, mended, of_texts
from validator import encodings, screening, text
from validator.model import Hit

# ---- which encoding it is

_WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp850")
_CENTRAL = ("cp1250", "iso8859-2", "cp852")
_CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "cp1125", "iso8859-5", "mac-cyrillic")

SENTENCES = {
    "English": ("The “old” mill – that’s what they call it – was built in 1843…", ("cp1252", "mac-roman")),
    "French": ("Le meunier était déjà très âgé ; à Noël, il a répété : « Où êtes-vous, garçons ? »", _WESTERN),
    "German": ("Der Müller übte täglich auf der Flöte, doch die Gäste hörten lieber Späße über Bären.", _WESTERN),
    "Spanish": ("El niño preguntó: ¿dónde está el jardín? Mañana llegará también el médico con su mamá.", _WESTERN),
    "Italian": ("Perché la città è così tranquilla? Il papà partirà lunedì, però tornerà più tardi.", _WESTERN),
    "Portuguese": ("A irmã não está só: amanhã virão os pães, o café e as maçãs do avô, à noite.", _WESTERN),
    "Swedish": ("På våren går gräset ända fram till sjön, och då är även vägen över ängen öppen.", _WESTERN),
    "Danish": ("Når børnene på øen får æbler, går færgen først tilbage efter klokken fem på søndag.", _WESTERN),
    "Finnish": ("Tämä päivä on ollut jo pitkä, mutta yö järvellä on vielä lämmin ja hiljaista väkeä täynnä.", _WESTERN),
    "Icelandic": ("Það er gömul saga að hér búi þrír bræður með kú, hund og ótal fé við ána í dalnum.", _WESTERN[:3]),
    "Polish": ("Wąż pełznął wolno przez łąkę, a źrebię już pięć razy próbowało uciec do gęstej ćmy.", _CENTRAL),
    "Czech": ("Příští týden přijede děda, přiveze čerstvé třešně a řekne, že už může být léto.", _CENTRAL),
    "Slovak": ("Keď príde jeseň, každý gazda v údolí má plné stodoly a deti môžu púšťať šarkany.", _CENTRAL),
    "Hungarian": ("Az öreg molnár erős őszi időben főzött sűrű levest, és később tűzifát gyűjtött.", _CENTRAL),
    "Romanian": ("Bunica aşteaptă în faţa casei până când copiii vin de la şcoală şi îi dau câte un măr.", _CENTRAL),
    "Slovene": ("Mačka čaka pri žlebu, ker ve, da se bo že čez nekaj časa prikazala še miš.", _CENTRAL),
    "Lithuanian": (
        "Šį rytą ąžuolų giraitėje žmonės šneka, kad žąsys jau išskrido į šiltus kraštus.",
        ("cp1257", "cp775"),
    ),
    "Latvian": ("Vecāmāte šūpojas krēslā un stāsta, kā ķēve reiz pārnākusi mājās caur mežu pēc lietus.", ("cp1257",)),
    "Turkish": ("Küçük çocuk ağacın altında oturmuş, yağmurun dinmesini ve güneşin çıkışını bekliyor.", ("cp1254",)),
    "Russian": ("Моя старая тётя долго смотрела на реку, а потом сказала: я знаю, завтра будет дождь.", _CYRILLIC),
    "Ukrainian": (
        "Дівчина їде до міста, щоб купити хліб і молоко, бо її брат іще малий.",
        ("cp1251", "koi8-u", "cp1125"),
    ),
    "Bulgarian": ("Старата къща на хълма е празна, но всяка вечер в нея свети лампа.", ("cp1251", "iso8859-5")),
    "Greek": ("Ο γέρος ψαράς κάθεται στο λιμάνι και περιμένει τα παιδιά του από τη θάλασσα.", ("cp1253", "cp737")),
    "Hebrew": ("הסבא יושב ליד החלון וקורא ספר על ים רחוק ועל אנשים טובים.", ("cp1255", "iso8859-8", "cp862")),
    "Arabic": ("جلس الشيخ أمام البيت وحكى للأطفال قصة عن البحر والسفينة القديمة.", ("cp1256", "iso8859-6")),
    "Persian": ("پدربزرگ چاي مي خورد و به بچه ها گفت که پاييز گذشته برف زود آمد.", ("cp1256",)),
    "Thai": ("คุณยายนั่งอยู่หน้าบ้านและเล่านิทานเรื่องแม่น้ำให้เด็กๆ ฟังทุกเย็น", ("cp874", "tis-620")),
    "Chinese": ("老人坐在门口，给孩子们讲那条河的故事。他说，这里以前没有桥。", ("gb18030", "gbk", "gb2312")),
    "Taiwanese": ("老人坐在門口，給孩子們講那條河的故事。他說，這裡以前沒有橋。", ("big5", "cp950")),
    "Japanese": ("おじいさんは川のそばに座って、子どもたちに昔の話をしました。", ("shift-jis", "cp932", "euc-jp")),
    "Korean": ("할머니는 마당에 앉아서 아이들에게 옛날 이야기를 들려주었다.", ("euc-kr", "cp949")),
}
ENCODED = [
    pytest.param(sentence, encoding, id=f"{language} in {encoding}")
    for language, (sentence, known) in SENTENCES.items()
    for encoding in known
]


@pytest.mark.parametrize(("sentence", "encoding"), ENCODED)
def test_an_older_encoding_is_named_and_its_text_given_back(sentence: str, encoding: str) -> None:
    for content in (f"{sentence}\n", f"Title\r\n\r\n{sentence}\r\n", f"{sentence}\n" * 40):
        data = content.encode(encoding)
        (finding,) = of_texts(found_in(data))
        assert finding.code == "ENC013"
        assert encodings.guess(data).text == content
        if finding.fix is not None:
            assert not finding.fix.safe
            assert mended(data, [finding.fix]) == content.encode()
    assert finding.fix is not None  # of so much text one can be sure


def test_bytes_that_are_no_text_are_not_named() -> None:
    guess = encodings.guess(bytes(range(0x80, 0x100)) * 4)
    assert (guess.encoding, guess.text, guess.is_sure) == ("", None, False)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xc4\xe3\xba\xc3" * 10 + b"\x81\x30", "GB18030"),
        ("Große Bäume, schöne Häuser, süße Äpfel. ".encode("cp1252") + b"\x81", "WINDOWS-1252"),
    ],
)
def test_a_flaw_in_an_older_encoding_leaves_a_guess_but_no_fix(data: bytes, encoding: str) -> None:
    guess = encodings.guess(data)
    assert (guess.encoding, guess.text, guess.is_sure) == (encoding, None, False)
    (hit,) = hits("ENC013", data)
    assert hit.fix is None
    assert encoding in str(hit.words["guess"])


SEVEN_BITS = {
    "ISO-2022-JP": "件名: 明日の天気は晴れです。\nカタカナも\n".encode("iso2022_jp"),
    "ISO-2022-KR": "제목: 날씨가 좋다\n둘째 줄\n".encode("iso2022_kr"),
    "ISO-2022-CN": b"A \x1b$)A\x0e" + bytes(byte & 0x7F for byte in "今天很好".encode("gb2312")) + b"\x0f B\n",
    "HZ": "天气很好，我们去学校。~ 50% ~\n".encode("hz"),
}


@pytest.mark.parametrize(("encoding", "data"), SEVEN_BITS.items(), ids=SEVEN_BITS)
def test_text_in_seven_bits_is_recognised(encoding: str, data: bytes) -> None:
    assert text.seven_bit_encoding(data) == encoding
    (finding,) = of_texts(found_in(data))
    assert finding.code == "ENC013"
    assert finding.fix is not None
    content = mended(data, [finding.fix]).decode()
    assert not content.isascii()
    assert "\x1b" not in content
    assert "~{" not in content


@pytest.mark.parametrize(
    "data",
    [
        b'(format t "~{~a~^, ~}~%" names)\n',
        b"if (~{a, b}) { c = ~} \n",
        b"a ~{12~} b and ~{x~} c, at ~user\n",
        b"x~{ab~}y\n",
        b"\x1b[1mbold\x1b(B\x1b[m\n",
        b"ESC is \x1b and \x1b$B begins Japanese.\n",
        b"\x1b$B$3$s\n",
        b"\x1b$B$3$s\nto the next line\x1b(B\n",
        b"\x1b$B!!!!\x1b(B nothing but blanks\n",
        b"\x0eSO and SI\x0f\n",
        "\x1b$B$3$s\x1b(B and ä\n".encode(),
        b"",
    ],
)
def test_other_text_is_not_taken_for_seven_bits(data: bytes) -> None:
    assert text.seven_bit_encoding(data) == ""
    assert "ENC013" not in {finding.code for finding in found_in(data)}


# ---- each ill-formed byte has one finding


def hits(code: str, data: bytes) -> list[Hit]:
    document = document_of(data)
    return list(RULES[code].check(document)) if document.facts & RULES[code].wakes else []


def ill_formed(data: bytes) -> set[int]:
    return {offset for span in text.ill_formed_runs(data) for offset in range(span.start, span.end)}


letters = st.sampled_from(["é", "è", "ß", "’", "“", "…", "»", "\xa0", "é»", "ñ", "à"])
pasted = st.lists(st.one_of(st.sampled_from(["a", "caf", " ", "\n", "E", "1", "."]), letters), max_size=9).map(
    lambda pieces: "".join(pieces).encode("cp1252")
)
sentences = st.sampled_from([sentence.encode(known[0]) for sentence, known in SENTENCES.values()])
anything = st.lists(st.one_of(documents, pasted, sentences, texts.map(str.encode)), max_size=4).map(b"".join)


@given(data=st.one_of(anything, st.binary(max_size=40)))
@example(data=b"caf\xe9")
@example(data="é".encode() + b" caf\xe9 \xed\xa0\x80 \xe2\x82")
def test_every_ill_formed_byte_is_reported_once(data: bytes) -> None:
    assume(not document_of(data).facts & (screening.WIDE | screening.BINARY))
    found = {code: hits(code, data) for code in ("ENC001", "ENC012", "ENC013", "ENC014")}
    if any(not hit.words["guess"].startswith(" but") for hit in found["ENC013"]):  # type: ignore[attr-defined]
        assert [len(listed) for listed in found.values()] == [0, 0, 1, 0]
        return
    spans = sorted(
        (hit.span.start, hit.span.end)
        for code in ("ENC001", "ENC012", "ENC014")
        for hit in found[code]
        if hit.span is not None
    )
    covered = [offset for start, end in spans for offset in range(start, end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == ill_formed(data)


@given(content=texts, line=st.sampled_from(["Déjà vu, garçon!", "Nur „Grüße“ – so…", "Año 5 €"]), before=st.booleans())
def test_pasted_lines_are_found_and_mended(content: str, line: str, before: bool) -> None:
    around = f"naïve “Zoë” {content}\n"
    parts = [around.encode(), line.encode("cp1252") + b"\n"]
    data = b"".join(parts[::-1] if before else parts)
    found = hits("ENC014", data)
    assert {offset for hit in found if hit.span for offset in range(hit.span.start, hit.span.end)} == ill_formed(data)
    wanted = [around, f"{line}\n"]
    assert mended(data, [hit.fix for hit in found if hit.fix]).decode() == "".join(wanted[::-1] if before else wanted)


@given(content=texts, cut=st.integers(1, 60), lost=st.integers(0, 60))
def test_damaged_utf8_is_not_taken_for_another_encoding(content: str, cut: int, lost: int) -> None:
    data = f"naïve “Zoë” {content}".encode()
    inside = [at for at, byte in enumerate(data) if byte >= 0x80]
    at = inside[lost % len(inside)]
    for damaged in (data[:-cut], data[cut:] + "é".encode(), data[:at] + data[at + 1 :]):
        assert hits("ENC013", damaged) == []


def test_an_older_encoding_may_look_like_utf8_here_and_there() -> None:
    content = "Große Bäume, schöne Häuser, süße Äpfel.\n" * 100 + "Was heißt „Ä“?\n"
    (hit,) = hits("ENC013", content.encode("cp1252"))  # C4 93 is U+0113, too
    assert hit.fix is not None
    assert mended(content.encode("cp1252"), [hit.fix]) == content.encode()


# ---- composition


def naive_composition(content: str) -> str:
    """A text in which every base with its marks is composed, if more than an order or a replacement is at stake."""
    passages: list[str] = []
    for character in content:
        if passages and (unicodedata.combining(character) or character in "\u09be\u1161\u11a8"):
            passages[-1] += character
        else:
            passages.append(character)
    return "".join(composed(passage) for passage in passages)


def composed(passage: str) -> str:
    normal = unicodedata.normalize("NFC", passage)
    single = sorted("".join(unicodedata.normalize("NFC", character) for character in passage))
    return normal if sorted(normal) != single and len(passage) <= 5 else passage


marked = st.text(
    "aeZ é\n\u0301\u0323\u0308\u0341\u212b\u05e9\u05bc\u05c1\u0627\u0653\u064e\u0651\u09c7\u09be\u09dc", max_size=12
)
korean = st.text("가한글 aé", max_size=6)


@given(content=marked)
def test_composition_is_as_normalization_form_c_has_it(content: str) -> None:
    data = content.encode()
    fixes = [hit.fix for hit in hits("ENC011", data) if hit.fix is not None]
    after = mended(data, fixes)
    assert after.decode() == naive_composition(content)
    assert unicodedata.normalize("NFC", after.decode()) == unicodedata.normalize("NFC", content)
    assert hits("ENC011", after) == []
    assert all(fix.safe for fix in fixes)


@given(content=st.one_of(texts, korean))
def test_what_is_composed_is_left_alone_and_what_is_taken_apart_is_put_together(content: str) -> None:
    normal = unicodedata.normalize("NFC", content)
    assert hits("ENC011", normal.encode()) == []
    apart = unicodedata.normalize("NFD", normal)
    fixes = [hit.fix for hit in hits("ENC011", apart.encode()) if hit.fix is not None]
    assert mended(apart.encode(), fixes).decode() == normal


def test_towers_of_marks_are_passed_over_quickly() -> None:
    for marks in ("\u0301\u0323", "\u0301\u05b0", "\u0653\u064e", "\u1161"):
        assert hits("ENC011", ("a" + marks * 100_000).encode()) == []  # in quadratic time, a minute


def test_every_pair_that_composes_is_seen() -> None:
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.is_normalized("NFC", chr(code)):
            pair = "".join(chr(int(part, 16)) for part in parts)
            (hit,) = hits("ENC011", f"x{pair}.".encode())
            assert hit.words["composed"] == chr(code)


# ---- valid UTF-8


@given(content=st.one_of(texts, st.text(max_size=50)))
def test_valid_utf8_is_never_doubted(content: str) -> None:
    data = content.encode("utf-8", "ignore")
    if not text.seven_bit_encoding(data):
        for code in ("ENC001", "ENC012", "ENC013", "ENC014"):
            assert hits(code, data) == []
