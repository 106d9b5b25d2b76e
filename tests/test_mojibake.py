"""Text that was read in another encoding is found and read back; healthy text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.test_precision import LEGITIMATE
from tests.test_text import document_of, found_in
from validator import mojibake, screening
from validator.mojibake import _composed, _Mend
from validator.rules import catalogue

RULE = {rule.code: rule for rule in catalogue()}["ENC010"]

SENTENCES = {
    "English": "“It’s late,” she said – and closed the café’s door…\nHe didn’t answer; 20 °C isn’t cold.\n",
    "French": "L’été dernier, on a mangé à la crêperie.\n«\u00a0Où êtes-vous\u00a0?\u00a0» demanda le garçon, déçu.\n",
    "German": "Der Müßiggänger fährt heute über die große Brücke.\n„Schöne Grüße!“, rief er und aß ein Stück Käse.\n",
    "Spanish": "¿Dónde está el niño? ¡Mañana vendrá más tarde!\nLa señora compró tres piñas y un plátano.\n",
    "Portuguese": "A opinião da irmã não é má, é só difícil.\nAmanhã haverá pão, maçãs e coração à mesa.\n",
    "Italian": "Perché la città è così bella? Chissà se è già lunedì.\nPiù tardi berrò un caffè, però senza virtù.\n",
    "Polish": "Zażółć gęślą jaźń, a potem idź spać, mój książę.\nŹle się dzieje, gdy żółw śpi pod łóżkiem.\n",
    "Czech": "Příliš žluťoučký kůň úpěl ďábelské ódy.\nZvlášť hezký plášť měl děvče na plese.\n",
    "Hungarian": "Árvíztűrő tükörfúrógép, hűs szőlő és körte.\nAz őszi eső elől a fák alá húzódott.\n",
    "Romanian": "Țara aceasta și pădurile ei îmi plac; știu că vântul adie.\nFără îndoială, mâine învăț.\n",
    "Turkish": "Işıklı şehirde yağmur yağıyor, çocuklar gülüyor.\nÖğretmen şöyle dedi: ağaç dikin.\n",
    "Swedish": "Åsa går på ön och äter räksmörgås.\n”Där är båten”, sade hon på väg hem.\n",
    "Vietnamese": "Tiếng Việt có nhiều dấu, và người ta viết chúng cẩn thận.\nTrời hôm nay đẹp quá.\n",
    "Russian": "Вчера было холодно, но мы всё равно гуляли у реки.\n«Где ты?» — спросила она тихо.\n",
    "Ukrainian": "Їжак несе яблуко, а з ґанку дивиться кіт.\nНа Різдво сіль лежала біля хліба.\n",
    "Serbian": "Љубав и њено ћутање џаба су им ђаци.\nЈутрос је чекао воз за Београд.\n",
    "Greek": "Η γάτα κοιμάται πάνω στο παλιό τραπέζι.\nΤο πρωί έφυγε χωρίς να πει λέξη.\n",
    "Hebrew": "החתול ישן על השולחן הישן.\nבבוקר הוא הלך בלי לומר מילה.\n",
    "Arabic": "نامت القطة فوق الطاولة القديمة.\nوفي الصباح ذهبت، ولم تقل كلمة.\n",
    "Hindi": "बिल्ली पुरानी मेज़ पर सो रही थी।\nसुबह वह बिना कुछ कहे चली गई।\n",
    "Thai": "แมวนอนอยู่บนโต๊ะเก่า\nตอนเช้ามันเดินออกไปเงียบ ๆ\n",
    "Georgian": "კატას ძველ მაგიდაზე ეძინა.\nდილით უსიტყვოდ წავიდა.\n",
    "Chinese": "猫在旧桌子上睡着了，谁也没有吵醒它。\n早上它一句话也没说就走了。\n",
    "Japanese": "猫は古い机の上で眠っていた。\n朝になると、何も言わずに出て行った。\n",
    "Korean": "고양이는 낡은 책상 위에서 잠들었다.\n아침이 되자 말없이 나갔다.\n",
    "emoji": "Well done 🎉, see you on Friday 👍 → bring cake ✓\nOne more 🚀 and off we go…\n",
}
CODECS = (
    *("latin-1", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "koi8_r", "mac_roman"),
    *("cp437", "cp850", "cp866"),
)


def damaged(text: str, codec: str) -> str:
    """UTF-8 read in a table of one byte; a byte that the table lacks becomes a C1 control, or is lost."""
    table = {byte: bytes([byte]).decode(codec, "replace") for byte in range(256)}
    return "".join(
        chr(byte) if table[byte] == "\ufffd" and 0x80 <= byte < 0xA0 else table[byte] for byte in text.encode()
    )


def passages(text: str) -> tuple[mojibake.Passage, ...]:
    return mojibake.passages(document_of(text.encode()))


def mended(text: str) -> str:
    """A text with what can be mended mended."""
    data = text.encode()
    for passage in reversed(passages(text)):
        if passage.mended:
            data = data[: passage.span.start] + passage.mended.encode() + data[passage.span.end :]
    return data.decode()


def misread(text: str, codec: str, times: int = 1) -> str:
    """A text that was misread so often; only such as lost nothing on the way are of use here."""
    for _ in range(times):
        text = damaged(text, codec)
        assume("\ufffd" not in text)
    return text


languages = st.sampled_from(sorted(SENTENCES))
codecs = st.sampled_from(CODECS)


# ---- what is found and read back


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("language", SENTENCES)
def test_text_in_every_language_is_read_back_through_every_table(language: str, codec: str) -> None:
    text = SENTENCES[language]
    once = damaged(text, codec)
    twice = damaged(once, codec)
    for bad in [bad for bad in (once, twice) if "\ufffd" not in once + twice]:
        assert mended(bad) == text
        assert mended(f"Preface\n\n{bad}\nThe end.\n") == f"Preface\n\n{text}\nThe end.\n"


@given(st.lists(languages, min_size=1, max_size=4), codecs, st.integers(1, 3))
def test_documents_in_several_languages_are_read_back(several: list[str], codec: str, times: int) -> None:
    text = "".join(SENTENCES[language] for language in several)
    assert mended(misread(text, codec, times)) == text


@given(languages, languages, codecs, st.integers(1, 2))
def test_a_pasted_passage_is_read_back_and_the_rest_left_alone(
    healthy: str, pasted: str, codec: str, times: int
) -> None:
    around = SENTENCES[healthy] * 5
    text = around + misread(SENTENCES[pasted], codec, times) + around
    found = passages(text)
    start, end = len(around.encode()), len(text.encode()) - len(around.encode())
    assert all(start <= passage.span.start < passage.span.end <= end for passage in found)
    if codec == "cp1252":
        assert found
    assert all(passage.mended in SENTENCES[pasted] for passage in found)


@given(languages, languages, codecs, st.integers(1, 3), st.data())
def test_healthy_words_on_the_line_of_a_passage_are_left_alone(
    healthy: str, pasted: str, codec: str, times: int, data: st.DataObject
) -> None:
    """A blank stands between healthy and damaged words: where they touch, nobody can tell where one ends.

    How much of so short a passage is read back is not said here.
    """
    words, others = SENTENCES[healthy].split(" "), SENTENCES[pasted].split()
    at = data.draw(st.integers(0, len(words)))
    first = data.draw(st.integers(0, len(others) - 1))
    last = data.draw(st.integers(first + 1, len(others)))
    before, after = " ".join([*words[:at], ""]), " ".join(["", *words[at:]])
    text = before + misread(" ".join(others[first:last]), codec, times) + after
    start, end = len(before.encode()), len(text.encode()) - len(after.encode())
    assert all(start <= passage.span.start < passage.span.end <= end for passage in passages(text))


BESIDE = {
    "nonsense in a Czech word": ("plášť měl děvče ", "猫在旧桌子上睡着了，谁也没有吵醒它。", "cp1250"),
    "nonsense in a French word": ("L’été, déçu: ", "猫は古い机の上で眠っていた。何も言わずに出て行った。", "mac_roman"),
    "a letter of a Russian word": ("Вчера мы всё ", "낡은 책상 위에서 잠들었다. 아침이 되자 말없이 나갔다.", "koi8_r"),
    "a letter of a Ukrainian word": ("На Різдво сіль ", "猫在旧桌子上睡着了，谁也没有吵醒它。", "cp1251"),
}


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize(("healthy", "pasted", "codec"), BESIDE.values(), ids=BESIDE)
def test_what_could_be_read_back_in_a_healthy_word_beside_damage_is_left_alone(
    healthy: str, pasted: str, codec: str, times: int
) -> None:
    bad = pasted
    for _ in range(times):
        bad = damaged(bad, codec)
    assert mended(f"{healthy}{bad}\n") == f"{healthy}{pasted}\n"


@given(languages, languages, codecs, codecs)
def test_passages_that_went_different_ways_are_all_read_back(one: str, other: str, first: str, second: str) -> None:
    text = misread(SENTENCES[one], first) + misread(SENTENCES[other], second)
    after = mended(text)
    assert mended(after) == after


@given(languages, codecs, st.integers(0, 2))
def test_what_is_mended_has_no_finding_and_nothing_but_passages_was_touched(
    language: str, codec: str, times: int
) -> None:
    text = misread(SENTENCES[language], codec, times)
    data, found = text.encode(), passages(text)
    edges = [0, *(edge for passage in found for edge in (passage.span.start, passage.span.end)), len(data)]
    assert edges == sorted(edges)
    assert all(
        data[passage.span.start : passage.span.end].decode() == passage.damaged
        and "\n" not in passage.damaged
        and passage.tables
        for passage in found
    )
    assert passages(mended(text)) == ()
    hits = list(RULE.check(document_of(data)))
    assert [hit.span for hit in hits] == [passage.span for passage in found]
    assert all(
        edit.span == hit.span for hit in hits if hit.fix is not None for edit in hit.fix.edits if not hit.fix.safe
    )


@given(languages, codecs)
def test_line_ends_and_ascii_are_never_changed(language: str, codec: str) -> None:
    text = misread(SENTENCES[language].replace("\n", "\r\n") * 2, codec)
    plain = [character for character in text if character.isascii()]
    assert [character for character in mended(text) if character.isascii()] == plain


IN_TWO_BYTES = [
    ("gbk", "Élève déçue, forêt brûlée, où rêve-t-elle?\n"),
    ("gbk", SENTENCES["Greek"]),
    ("gbk", SENTENCES["Russian"].replace("—", "и")),
    ("cp932", "Déjà vu. Élève, où étés et forêts mêlées. Señor, ça va très bien ici.\n"),
    ("cp949", "Élève créée, préférée, déléguée, répétée. Très très bien été.\n"),
]


@pytest.mark.parametrize(("codec", "text"), IN_TWO_BYTES)
def test_tables_of_two_bytes_are_read_back_where_they_lost_nothing(codec: str, text: str) -> None:
    assert mended(text.encode().decode(codec)) == text


@pytest.mark.parametrize("codec", ["gbk", "cp932", "cp949"])
@pytest.mark.parametrize("language", ["Chinese", "Japanese", "Vietnamese", "Thai", "French", "Greek"])
def test_nothing_healthy_is_put_in_where_a_table_of_two_bytes_lost_much(language: str, codec: str) -> None:
    bad = SENTENCES[language].encode().decode(codec, "replace")
    for passage in passages(bad):
        assert "\ufffd" not in passage.mended
        assert passage.mended in SENTENCES[language] or not passage.mended


# ---- what is lost on the way

LOST = {
    "a closing quotation mark without its last byte": ("â€œStop,â€ she said.", "“Stop,” she said."),
    "the same with a replacement character": ("â€œStop,â€\ufffd she said.", "“Stop,” she said."),
    "no-break spaces that became blanks": (
        "VoilÃ\u0020 Ã\u0020 quoi Ã§a mÃ¨ne.\nDÃ©jÃ\u0020 \n",
        "Voilà à quoi ça mène.\nDéjà \n",
    ),
    "blanks that became one": (
        "Il va Ã\u0020la gare, dÃ©jÃ\u0020bondÃ©e.\n",
        "Il va à la gare, déjà bondée.\n",
    ),
    "a letter of Russian": (
        "Р\u0020РѕСЃСЃРёСЏ Рё РЈРєСЂР°РёРЅР°.\n".replace("РЎ", "РЎ"),
        "Россия и Украина.\n",
    ),
}


@pytest.mark.parametrize(("text", "expected"), LOST.values(), ids=LOST)
def test_what_was_lost_is_put_in_where_it_is_certain(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ã\ufffdrbol, niÃ±o, maÃ±ana\n",
        "caf\ufffd, naÃ¯ve faÃ§ade\n",
    ],
)
def test_what_was_lost_otherwise_is_not_made_up(text: str) -> None:
    assert "\ufffd" in mended(text)
    assert "ñ" in mended(text) or "ï" in mended(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("锟斤拷锟斤拷\n", 1),
        ("前面 锟斤拷 后面 锟斤拷锟\n", 2),
        ("占쏙옙占쏙옙\n", 1),
        ("烫烫烫烫烫烫烫烫\n屯屯屯屯\n", 2),
        ("烫烫烫烫！屯屯。\n", 0),
        ("乱码：“锟斤拷”和“烫烫烫烫烫烫烫”。\n", 0),
    ],
)
def test_what_lost_text_looks_like_is_reported_and_not_mended(text: str, count: int) -> None:
    found = passages(text)
    assert [passage.mended for passage in found] == [""] * count


# ---- what is left alone

TRAPS = {
    "French quotations": "«\u00a0Café\u00a0»\n",
    "more of them": "«\u00a0Été\u00a0», «\u00a0vérité\u00a0»\u00a0: «\u00a0À\u00a0Orsay\u00a0»… «é»\n",
    "a Spanish quotation before a blank": "«será»\u00a0así, —¿qué?— «está»— ¡Ah!\n",
    "a quoted German word": "„Spaß“, „Fuß“ und ‚Gruß‘ – „GROẞ“, „JÄ“\n",
    "Portuguese capitals": "SÃO, NÃO, CORAÇÃO, “IRMÔ, “MAÇÔ, «AMANHû\n",
    "Finnish and Swedish": "”HYVÄÄ”, ”tämä…”, ”PÅ”, på…” på»\n",
    "Norwegian": "Å\u00a0være eller Å\u00a0ikke være, Å–Å, «PÅ»\n",
    "Turkish": "“Ç’nin”, Ö’nün, Ş’nin, İ»\n",
    "Catalan": "col·legi, Ç·Ç, à·a\n",
    "Vietnamese": "Â, Ă, Ơ; “CÁ”, ĐÃ… ÂM “ÃM”\n",
    "Czech": "zvlášť, plášť, obzvlášť, “VĚŠŤ”\n",
    "Polish": "zażółć, GĘŚ, „SĘ”, ćśł\n",
    "Ukrainian": "Різдво, Сіль, Сєвєродонецьк, Рік, Ці, Дії, мрії, «мертві», «СТОВПЧИКІВ», РІЗНІ\n",
    "Russian": "«СССР», «КОРОЛЕВ», СПГ», «Р», С\u00a0ним, ЛатАм, НетБСД, КтрлАлтТаб\n",
    "Russian, spaced": "С\u00a0и\u00a0н\u00a0т\u00a0а\u00a0к\u00a0с\u00a0и\u00a0с\n",
    "Macedonian and Serbian": "Ѕвезда, ѕид, џез, „осећај“, додај…, АутоКАД\n",
    "Greek": "«λένε…», Ω», Ά, Έ; ΡΑ»\n",
    "Persian": "سپس، سبک، اگر؛ رگ، «بچه»\n",
    "boxes": "├── a\n│   └── b\n╔══╗\n║é ║ ├é┤\n╚══╝ x─┐ ┼─ ├\u2500\u00a0c\n",
    "box of names": "│Имя│Возраст│\n├───┼───────┤\n",
    "mathematics": "√π, √2, 2√π·x, –∞, ∫∫, ≤≥, Δ±1, √(a²), x·y, ‚Ä‘\n",
    "Chinese": "鈥是钬的繁体。涓涓细流，锛凿。置换式\n",
    "short Chinese": "目的碼\n",
    "short Japanese": "の範囲外です\n",
    "縺れ": "縺れた糸、繧る\n",
    "speech": "[ˈtʃɛk], [ɹɔː], É”\n",
    "Latin-1, in order": "".join(chr(code) + (" " if code % 16 < 15 else "\n") for code in range(0xA1, 0x100)) + "\n",
    "Latin-1, without blanks": "".join(map(chr, range(0xA1, 0xAD))) + "".join(map(chr, range(0xAE, 0x100))) + "\n",
    "code page 437, in order": bytes(range(0x80, 0xFF)).decode("cp437") + "\n",
    "KOI8-R, in order": bytes(range(0x80, 0x100)).decode("koi8_r").replace("\xa0", " ") + "\n",
    "TeX": "\\'e, \\\"o, \\c{c}; pr\\'eface; “é”\n",
    "one letter": "é\n",
    "one word": "É»\n",
    "a mark of quality": "Société®, Nestlé™, été² 3°, Ñ°\n",
}
ABOUT = {
    "in quotation marks": "Où l’on voit “Ã©” à la place de “é”, l’accent est mal lu.\n",
    "in code": "Là, `Ã©` est un `é`, et `cafÃ©` un café, déjà très lu à l’été.\n",
    "a word in code": "The name `FranÃ§ois` came back as a file name: naïve, again.\n",
    "a table": "| lu | écrit |\n|---|---|\n| Ã© | é |\n| Ã¨ | è |\n| â€™ | ’ |\n| cafÃ© | café |\n",
    "an explanation": "If you see schÃ¶n, the text was UTF-8 and was read as Latin-1. Größe, naïve, déjà.\n",
    "a bug report": "Mojibake: Midi-PyrÃ©nÃ©es, MusÃ©e. Same with Ã¨ and Ã¼. É was fine.\n",
    "before and after": "s/schÃ¶n/schön/, cafÃ© -> café\n",
    "in Chinese": "如果编码不对，é 会变成 Ã©，café 会变成 cafÃ©。\n",
    "in Russian": "Из-за кодировки вместо «Привет» видно РџСЂРёРІРµС‚.\n",
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS)
def test_text_that_only_looks_damaged_is_left_alone(text: str) -> None:
    for document in (text, text * 3, text.upper(), f"Before\n{text}\nafter\n", f"«\u00a0{text.strip()}\u00a0»\n"):
        assert passages(document) == ()


@pytest.mark.parametrize("text", ABOUT.values(), ids=ABOUT)
def test_text_that_speaks_of_damage_is_left_alone(text: str) -> None:
    for document in (text, text * 3, SENTENCES["French"] * 5 + text, f"> {text}"):
        assert passages(document) == ()


def test_all_that_only_looks_damaged_together_is_left_alone() -> None:
    assert passages("".join(TRAPS.values())) == ()


@pytest.mark.parametrize("text", LEGITIMATE.values(), ids=LEGITIMATE)
def test_legitimate_text_is_left_alone(text: str) -> None:
    for document in (text, text * 5, text.replace(" ", "\u00a0"), text.upper(), text.swapcase()):
        assert passages(document) == ()


@given(st.lists(st.one_of(languages.map(SENTENCES.__getitem__), st.sampled_from(sorted(TRAPS.values())))))
def test_healthy_text_in_many_languages_is_left_alone(several: list[str]) -> None:
    assert passages("".join(several)) == ()


around = st.sampled_from(
    ["«{}»", "«\u00a0{}\u00a0»", "„{}“", "”{}”", "“{}”", "‘{}’", "{}…", "{}®", "{}²", "—{}—", "({})", "{}’s"]
)


@given(languages, around, st.booleans(), st.sampled_from([" ", "\u00a0", "–"]))
def test_quoted_words_are_left_alone(language: str, quotation: str, upper: bool, space: str) -> None:
    words = (SENTENCES[language].upper() if upper else SENTENCES[language]).split()
    assert passages(space.join(quotation.format(word) for word in words) + "\n") == ()


# ---- one finding for one cause, and what it says


def test_the_characters_of_damaged_text_are_reported_once() -> None:
    text = damaged(SENTENCES["Spanish"] + "Aquí vivía Ángel, él sí.\n", "latin-1")
    assert {"\xad", "\x81"} <= set(text)
    assert {finding.code for finding in found_in(text.encode())} == {"ENC010"}
    lossy = damaged(SENTENCES["French"], "cp1252").replace("\x8a", "\ufffd")
    assert {finding.code for finding in found_in(lossy.encode())} == {"ENC010"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Itâ€™s a cafÃ©.\n", "'â€™s a cafÃ©' was read as Windows-1252: it should be '’s a café'"),
        ("LA OPINIÃ\x93N\n", "'Ã\\x93' was read as Latin-1: it should be 'Ó'"),
        ("niÃƒÂ±o\n", "'ÃƒÂ±' was read as Windows-1252 twice: it should be 'ñ'"),
        (damaged(damaged("niño, señor y plátanos", "cp1252"), "cp437") + "\n", None),
        ("锟斤拷\n", "'锟斤拷' was read as GBK: characters were lost"),
        (
            "Ã©" * 50 + "\n",
            f"'{'Ã©' * 19}Ã…' was read as Windows-1252: it should be '{'é' * 39}…'",
        ),
    ],
)
def test_messages_say_what_was_read_as_what(text: str, message: str | None) -> None:
    said = [finding.message for finding in found_in(text.encode())]
    if message is None:
        (message,) = said
        assert "was read as Windows-1252, then as code page 437: it should be 'ño, señor y plá'" in message
    assert said == [message]


# ---- how it is done


@given(st.text(st.sampled_from("Ã©â€™Ð°ÑƒРµСЃ√├é“» a\n")), codecs)
def test_any_text_gives_orderly_passages_and_waking_is_no_matter(text: str, codec: str) -> None:
    document = document_of(text.encode())
    found = mojibake.passages(document)
    edges = [edge for passage in found for edge in (passage.span.start, passage.span.end)]
    assert edges == sorted(edges)
    assert all(passage.span.start < passage.span.end for passage in found)
    for offset in range(len(document.data) + 1):
        inside = any(passage.span.start <= offset < passage.span.end for passage in found)
        assert mojibake.covers(found, offset) == inside
    if not document.facts & screening.MOJIBAKE:
        assert found == ()


@given(languages, codecs, st.integers(1, 2))
def test_screening_wakes_on_damage_even_in_a_large_document(language: str, codec: str, times: int) -> None:
    text = misread(SENTENCES[language], codec, times)
    large = "plain words\n" * 20_000 + text + "plain words\n" * 20_000
    assert screening.screen(large.encode()) & screening.MOJIBAKE


edits = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.text("xyz", min_size=1, max_size=4)), max_size=4)


def mends_of(edits: list[tuple[int, int, str]], size: int) -> list[_Mend]:
    mends: list[_Mend] = []
    for start, length, text in sorted(edits):
        end = min(size, start + length)
        if start < end and (not mends or mends[-1].end <= start):
            mends.append(_Mend(start, end, text, ("a table",)))
    return mends


def applied(mends: list[_Mend], text: str) -> str:
    parts, seen = [], 0
    for mend in mends:
        assert seen <= mend.start <= mend.end
        parts += [text[seen : mend.start], mend.mended]
        seen = mend.end
    return "".join([*parts, text[seen:]])


@given(st.text("abc", max_size=12), edits, edits)
def test_mends_after_mends_are_mends(
    text: str, first: list[tuple[int, int, str]], second: list[tuple[int, int, str]]
) -> None:
    one = mends_of(first, len(text))
    between = applied(one, text)
    two = mends_of(second, len(between))
    assert applied(_composed(one, two), text) == applied(two, between)


@pytest.mark.parametrize(
    "text",
    [
        "Ã" * 300_000,
        "Ã©" * 150_000,
        "Ã©é" * 100_000,
        "Ã© " * 100_000,
        "x" * 300_000 + "Ã©",
        "ÃƒÂ©Ã©" * 50_000,
        "中\ue000" * 100_000,
    ],
    ids=["leads", "one row", "mixed", "words", "ASCII", "layers", "unencodable"],
)
def test_large_documents_of_any_kind_are_done_with_soon(text: str) -> None:
    from time import process_time

    start = process_time()
    assert len(passages(text + "\n")) <= 1 + len(text)
    assert process_time() - start < 10
