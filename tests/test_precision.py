"""Legitimate text in many scripts says nothing; real damage is found, each at its place.

Invisible characters are written as escapes, so that a reader of this file can see them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_text import document_of, found_in, of_texts
from validator import text
from validator.rules import txt008_invisible_character as invisible

LEGITIMATE = {
    # Arabic script: ZWNJ keeps letters apart, ZWJ keeps a letter's joining form, marks order what is neutral
    "Persian": "می\u200cخواهم کتاب\u200cهای تازه\u200cای بخرم؛ خانه\u200cاش کجاست؟ PDF\u200cها و ۱۲\u200cام.\n",
    "Persian, joining form": "نشانهٔ هـ\u200d کوتاه شدهٔ هجری است: ۱۴۰۲ ه\u200d.ش\n",
    "Kurdish": "ده\u200cبێ له\u200cگه\u200cڵ ئێمه\u200c بێیت.\n",
    "Urdu": "میں نے C++\u200f اور HTML\u200e سیکھی ہے۔\n",
    "Arabic": "قال الكاتب: C++\u200f لغة برمجة، وعدد الصفحات \u061c(١٢).\n\u200f1.\u200f\nنصٌّ مُشَكَّلٌ بِالحَرَكاتِ.\n",
    "Arabic, cursive without a ligature": "ل\u200d\u200c\u200dا\n",
    "Hebrew": "שלום! (C++\u200f) וגם 3\u200f-4.\nבְּרֵאשִׁ֖ית בָּרָ֣א, יְרוּשָׁלַ\u034fִם.\n\u200e+49 30 1234\u200e\n",
    "Yiddish": "ייִדיש איז אַ שפּראַך.\n",
    "Syriac": "ܫܠܡܐ ܥܠܝܟܘܢ܀\n",
    "N'Ko": "ߒߞߏ ߦߋ߫ ߛߓߍߛߎ߲ ߘߏ߫ ߟߋ߬ ߘߌ߫.\n",
    # Indic scripts: joiners choose between half forms, conjuncts and visible viramas
    "Hindi": "क्\u200dष और क्\u200cष अलग दिखते हैं; श्री\u200dमान।\n",
    "Marathi": "दोन ओळी, र्\u200dय आणि सुऱ्\u200dया.\n",
    "Bengali": "র\u200d্যাম, উৎ\u200cসব, ক্\u200cষ।\n",
    "Sinhala": "ශ්\u200dරී ලංකාව, ක්\u200dෂේත්\u200dරය, ප්\u200dරජාව.\n",
    "Malayalam": "അവന്\u200d, പാല്\u200d, തമിഴ്\u200cനാട്.\n",
    "Tamil": "க்\u200cஷ, தமிழ் எழுத்து.\n",
    "Kannada": "ರ್\u200dಯಾಂಕ್, ರಾಜ್\u200cಕುಮಾರ್.\n",
    "Telugu": "సాఫ్ట్\u200cవేర్, రాజ్\u200cకుమార్.\n",
    "Gujarati": "ક્\u200dષ અને ગુજરાતી.\n",
    "Gurmukhi": "ਪੰਜਾਬੀ ਬੋਲੀ ਵਿੱਚ ਇੱਕ ਸਤਰ।\n",
    # South-East Asia: no spaces between words, so ZWSP says where a line may break
    "Thai": "ภาษา\u200bไทย\u200bไม่\u200bเว้น\u200bวรรค\u200b 2\u200b,\u200b500\u200b บาท\n",
    "Lao": "ພາສາ\u200bລາວ\u200bບໍ່\u200bຍະ\u200bຫວ່າງ.\n",
    "Khmer": "ភាសា\u200bខ្មែរ\u200bមាន\u200b៣៣\u200b%\u200b (Khmer\u200b)\u200b។ ខ\u17b4\u200bក\n",
    "Myanmar": "မြန်မာ\u200bဘာသာ\u200bစကား။ က္\u200cက\n",
    "Tibetan": "བོད་ཡིག་\u200bདང་\u200bསྐད།\n",
    "Javanese": "ꦲꦤꦕꦫꦏ\u200bꦢꦠꦱꦮꦭ\n",
    "Balinese": "ᬅᬓ᭄ᬱᬭ\u200bᬩᬮᬶ\n",
    "Vietnamese": "Tiếng Việt có dấu: ằ, ễ, ợ.\n",
    # East Asia
    "Chinese": "\u3000\u3000天地玄黄，宇宙洪荒。“日月盈昃”——辰宿列张……\n",
    "Japanese": "\u3000いろはにほへと、ちりぬるを。「カタカナ」と漢字！葛\U000e0100飾区\n",
    "Korean": "키스의 고유조건은 입술끼리 만나야 하고.\n",
    "Korean, old": "\u115fᅡᆯ과 ᄀ\u1160, \u3164ㅏ\u3164ㄱ, ᄒᆞᆫ글 \uffa0ￂ\n",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ\u180bᠦᠨ ᠨᠠᠷ\u180eᠠ ᠭ\u180b\u180eᠠ\u202fᠶᠢᠨ ᠰᠠᠨ\u200dᠠ\n",
    # the West
    "French": "«\u00a0Vraiment\u202f? Où\u202f! –\u00a0L’été, c’est 12\u202f000\u00a0€…\u00a0»\n",
    "German": "Donau\u00addampf\u00adschiff\u00adfahrt und Groß\u00adstraße 3\u00ad5 „so“.\n",
    "Polish": "Zażółć gęślą jaźń.\n",
    "Russian": "Съешь же ещё этих мягких булок, да выпей чаю.\n",
    "Greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία· τί;\n",
    "Old Greek": "Μῆνιν ἄειδε, θεά, Πηληϊάδεω Ἀχιλῆος\n",
    "Church Slavonic": "Бл҃гословенъ є҆сѝ гдⷭ҇ь\n",
    "Georgian": "ვეპხის ტყაოსანი შოთა რუსთაველი\n",
    "Armenian": "Բարեւ Ձեզ, աշխարհ։\n",
    "Amharic": "ሰማይ አይታረስ ንጉሥ አይከሰስ።\n",
    "Cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ\n",
    "Runic": "ᚠᛇᚻ᛫ᛒᛦᚦ, ᚨ\u200dᛚᚢ\n",
    "Adlam": "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪\n",
    "phonetics": "[ˈt͡ʃɛk], [ɹ̠̊˔], o\u034f\u0308, c\u034fh\n",
    # sequences
    "emoji families": "👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d🚀 🧑🏿\u200d🤝\u200d🧑🏻 👁️\u200d🗨️ 🕵🏽\u200d♂️\n",
    "emoji compounds": "🐻\u200d❄️ 🐦\u200d⬛ 🏃\u200d➡️ 🙂\u200d↔️ ❤️\u200d🔥 ⛓️\u200d💥\n",
    "flags": "🇩🇪 🇯🇵 🏳️\u200d🌈 🏴\u200d☠️ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\n",
    "keycaps": "1️⃣ #️⃣ *️⃣ ❤️\u200d🔥 ❤\u200d🔥 ☎︎ ✔️\n",
    "mathematics": "f\u2061(x) = 2\u2062x + a\u2062b, sin\u2061 x, aᵢ\u2063ⱼ, 1\u2064½, ∑ₙ 𝐱 ≠ ∅, x̄\n",
    "Braille": "⠓⠑⠇⠇⠕\u2800⠺⠕⠗⠇⠙\n\u2800\u2800\u2800\u2800\u2800⣀⣤⣶\n\u2800\u2800\u2800\u2800\u2800\n",
    "word joiners": "1\u2060–\u20602, so\u2060—\u2060and 天\u2060地, 5\u2060\u2009\u2060km and/\u2060or\n",
    "signs as text and as emoji": (
        "☎\ufe0e ✔\ufe0f 0\ufe0f⃣ ↩\ufe0e ※\ufe0e ♪\ufe0e 〽\ufe0f ㊗\ufe0f 2⃣\ufe0f ☝🏽\ufe0f 🩷\ufe0f ∞\ufe0f ™\ufe0f\n"
    ),
    "forms of ideographs": (
        "葛\U000e0100飾区 辻\U000e0101 〆\U000e0100 々\U000e0101 不\ufe00 𠔜\ufe01 𱍐\U000e0100 ⺼\U000e01ef\n"
    ),
    "forms of letters and signs": (
        "ၵ\ufe00 ꩡ\ufe00 ꡖ\ufe00 𐫅\ufe00 𓂑\ufe00 𓄹\ufe06 0\ufe00 ∩\ufe00 𝒜\ufe01 ，\ufe00 “\ufe02\n"
    ),
    "flags of regions": "".join(
        "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in f"{region}\x7f") + "\n"
        for region in ("gbeng", "gbsct", "gbwls")
    ),
    "stacked marks": (
        "ŋ\u0329\u0300\u0325\u030a ᾱ\u0314\u0301\u0345 e\u1abb\u0320\u1abc x⃝\u0338 z\ufe20a\ufe21\n"
        "מִ֣\u0596\u059c\u05bd ฏี๋ํ์ ཧྐྵྨླྺྼྻྂ\n"
    ),
    "typographic spaces": "12\u2009345 km, „A\u200aB“, 1\u205f+\u205f2,\u2003§\u20075 ᚁᚂ\u1680ᚃ\n",
    # two scripts on purpose
    "Greek letters in Latin text": "5 μm, 5µl, 4.7 kΩ, Δt, πr², α-Fe, β-carotene, μTorrent, Σx, λx.x, dσv, Leεmer\n",
    "Latin words in Russian": "PDF-файл, SMS-ка, web-сайт, SQLем, из TeXа, в PostScriptе, PHPшник, WEBанутый, МойPDF\n",
    "Latin symbols in Russian": "Iмакс = 10 мА, Tнар, Pполная, Xмин, кВт, МассивX, ДxШxВ, ДДTЧЧ; 2. Кf3 Крe2 Крxc6\n",
    "Latin symbols in Greek": "ημx + συνx, Eκιν, ΔxΔy, Pεπιτυχία, ΑριθμόςX\n",
    "commands before Cyrillic": "\\nСейчас %sНет -oФАЙЛ \\fIТЕКА\\fP %%0Aсписок [a-zа-яёA-ZА-ЯЁ] [еeё] §cУдар ~aхв\n",
    # lines and pages
    "page breaks": "RFC 1\n\n[Page 1]\n\x0c\nRFC 1\n\n\x0cRFC 1\n  \x0c\x0c\n",
    "printed pages": "Page one\n\x0cPage two\n\x0c",
    "Windows": "one\r\ntwo\r\n\r\n\x0cthree\r\n",
    "tabs": "a\tb\n\tc\n",
    "pictures of controls": "␀ ␛ □ ◆ ￼?\n",
    "escapes in words": "\\x1b[31m \\033]0;title ^[[0m ␛[1m [0m ESC ( B\n",
    "one letter": "x\n",
    "a format": "%!PS is PostScript; GIF89a, PK and \\xff\\xfe are how others begin.\n",
}


@pytest.mark.parametrize("content", LEGITIMATE.values(), ids=LEGITIMATE)
def test_legitimate_text_is_left_alone(content: str) -> None:
    newline = "\r\n" if "\r\n" in content else "\n"
    longer = f"before{newline}{newline}{content.rstrip()}{newline}after{newline}"
    for document in (content, content * 3, longer):
        said = [
            f"{finding.code} {finding.line}:{finding.column} {finding.message}"
            for finding in of_texts(found_in(document.encode()))
        ]
        assert said == []


def test_legitimate_text_in_many_scripts_at_once_is_left_alone() -> None:
    unix = "".join(content for name, content in LEGITIMATE.items() if name not in ("Windows", "printed pages"))
    assert [f"{finding.code} {finding.line}:{finding.column}" for finding in of_texts(found_in(unix.encode()))] == []


DAMAGED = {
    # bytes
    "Latin-1": ("caf\xe9 ol\xe9!\n".encode("latin-1"), ["ENC013 1:4 E9"]),
    "Russian of the eighties": ("Доброе утро\n".encode("koi8-r"), ["ENC013 1:1 E4"]),
    "seven bits": ("To: 田中\n".encode("iso2022_jp"), ["ENC013 1:5 1B"]),
    "a pasted line": ("Olé!\n".encode() + b"Ol\xe9!\n", ["ENC014 2:3 E9"]),
    "half a character": (b"a \xe2\x82 b\n", ["ENC001 1:3 E2 82"]),
    "a stray byte": ("天\n é".encode() + b"\x80\n", ["ENC001 2:3 80"]),
    "CESU-8": (b"ok \xed\xa0\xbd\xed\xb8\x80\n", ["ENC001 1:4 ED A0 BD ED B8 80"]),
    "Java's NUL": (b"a\xc0\x80b\n", ["ENC001 1:2 C0 80"]),
    "cut at the end": ("whole\npric€".encode()[:-1], ["ENC012 2:5 E2 82"]),
    "cut at the beginning": ("€ 5\n".encode()[2:], ["ENC012 1:1 AC"]),
    "cut at both ends, and inside": (
        "€".encode()[1:] + b" \xff " + "😀".encode()[:3],
        ["ENC012 1:1 82 AC", "ENC001 1:2 FF", "ENC012 1:4 F0 9F 98"],
    ),
    "UTF-16": ("\ufeffGrüße\r\n".encode("utf-16-le"), ["ENC003 1:1 FF FE"]),
    "UTF-16 without a mark": ("Grüße\r\nund mehr\r\n".encode("utf-16-be"), ["ENC003"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\xff", ["ENC015"]),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", ["ENC015"]),
    # controls
    "NULs": (b"a\0b\nc\0\0\0\n", ["ENC004 1:2 00", "ENC004 2:2 00 00 00"]),
    "a colour": (b"x \x1b[1mbold\n", ["TXT013 1:3 1B 5B 31 6D"]),
    "a title and its bell": (b"\x1b]0;t\x07\x1b[m\x07\n", ["TXT013 1:1 1B 5D 30 3B 74 07 1B 5B 6D", "ENC005 1:10 07"]),
    "an escape cut off": (
        b"\x1b]0;t\n\x07 \x1b[1\n\x1b",
        ["ENC005 1:1 1B", "ENC005 2:1 07", "ENC005 2:3 1B", "ENC005 3:1 1B"],
    ),
    "a page break behind a colour": (b" \x1b[m\x0c\n", ["TXT013 1:2 1B 5B 6D", "ENC005 1:5 0C"]),
    "an overstrike": (b"N\x08N\n", ["ENC005 1:2 08"]),
    "a form feed in a line": (b"one\x0ctwo\n", ["ENC005 1:4 0C"]),
    "a dash of Windows-1252": ("so \x96 or\n".encode(), ["ENC006 1:4 C2 96"]),
    "three dots of Windows-1252": ("\x93so\x85\n".encode(), ["ENC006 1:1 C2 93", "TXT003 1:4 C2 85"]),
    "line ends of others": (
        "a\x85b\u2028\u2028c\u2029d\n".encode(),
        ["TXT003 1:2 C2 85", "TXT003 1:4 E2 80 A8 E2 80 A8", "TXT003 1:7 E2 80 A9"],
    ),
    "noncharacters": (
        "\ufffea\ufdd0\ufdefb\uffff \U0001fffe\U000fffff\U0010ffff\n".encode(),
        [
            *("ENC008 1:1 EF BF BE", "ENC008 1:3 EF B7 90 EF B7 AF", "ENC008 1:6 EF BF BF"),
            "ENC008 1:8 F0 9F BF BE F3 BF BF BF F4 8F BF BF",
        ],
    ),
    "private characters": (
        "\ue000\uf8ffa\U000f0000\U000ffffd b\U00100000\U0010fffd\n".encode(),
        [
            *("ENC009 1:1 EE 80 80 EF A3 BF", "ENC009 1:4 F3 B0 80 80 F3 BF BF BD"),
            "ENC009 1:8 F4 80 80 80 F4 8F BF BD",
        ],
    ),
    "lost letters": ("Gr\ufffd\ufffde, na\ufffdf\n".encode(), ["ENC007 1:3 EF BF BD EF BF BD", "ENC007 1:10 EF BF BD"]),
    "joined files": ("one\n\ufefftwo\n".encode(), ["ENC016 2:1 EF BB BF"]),
    "an old Macintosh": (b"one\rtwo\rthree\r", ["TXT002 1:4 0D"]),
    "an edited part": (b"one\ntwo\r\nthree\n", ["TXT001 2:4 0D 0A"]),
    "nothing": (b"", ["TXT006"]),
    "blanks": ("\ufeff \u3000\n".encode(), ["TXT006", "ENC002 1:1 EF BB BF"]),
    "a cut line": (b"one\ntw", ["TXT004 2:3 "]),
    # look-alikes
    "a spoofed name": ("pаypаl.com, Micrоsoft\n".encode(), ["TXT011 1:2 D0 B0 79 70 D0 B0", "TXT011 1:17 D0 BE"]),
    "another keyboard layout": (
        "Cписок cлов: Работa\n".encode(),
        ["TXT011 1:1 43", "TXT011 1:8 63", "TXT011 1:19 61"],
    ),
    "Latin letters in Greek": ("το αρχείo Aρχή\n".encode(), ["TXT011 1:9 6F", "TXT011 1:11 41"]),
    # direction
    "Trojan source": (
        "if x: \u202e } \u2066ok\u2069 \u2066 { \nnext\n".encode(),
        ["TXT007 1:7 E2 80 AE", "TXT007 1:11 E2 81 A6", "TXT007 1:16 E2 81 A6"],
    ),
    "closed in the next line": (
        "a \u202bאב\nגד\u202c\n".encode(),
        ["TXT007 1:3 E2 80 AB", "TXT007 2:3 E2 80 AC"],
    ),
    # invisible characters
    "a watermark": (
        "The\u200b quick\u200c brown\u2060 fox\n".encode(),
        ["TXT008 1:4 E2 80 8B", "TXT008 1:11 E2 80 8C", "TXT008 1:18 E2 81 A0"],
    ),
    "inside words": (
        "pass\u200bword, pay\u200dment, un\u2060do, ha\u2062lf\n".encode(),
        ["TXT008 1:5 E2 80 8B", "TXT008 1:15 E2 80 8D", "TXT008 1:24 E2 81 A0", "TXT008 1:31 E2 81 A2"],
    ),
    "in Chinese and Greek": ("天\u200b地 λό\u200dγος\n".encode(), ["TXT008 1:2 E2 80 8B", "TXT008 1:7 E2 80 8D"]),
    "a message in Persian": (
        "سلا\u200c\u200d\u200c\u200cم\n".encode(),
        ["TXT008 1:4 E2 80 8C E2 80 8D E2 80 8C E2 80 8C"],
    ),
    "an emoji that was taken apart": ("👩\u200d, \u200d🚀\n".encode(), ["TXT008 1:2 E2 80 8D", "TXT008 1:5 E2 80 8D"]),
    "hyphens of another line width": (
        "Donau\u00ad\nschiff \u00adund ge\u00ad\u00adhen\n".encode(),
        ["TXT008 1:6 C2 AD", "TXT008 2:8 C2 AD", "TXT008 2:15 C2 AD C2 AD"],
    ),
    "marks without a direction": (
        "\u200fabc\u200e 12\u061c\n".encode(),
        ["TXT008 1:1 E2 80 8F", "TXT008 1:5 E2 80 8E", "TXT008 1:9 D8 9C"],
    ),
    "fillers": (
        "\u3164\u2800x \u115fa \uffa0\n".encode(),
        ["TXT008 1:1 E3 85 A4 E2 A0 80", "TXT008 1:5 E1 85 9F", "TXT008 1:8 EF BE A0"],
    ),
    "selectors outside of Mongolian": ("a\u180b \u17b4b\n".encode(), ["TXT008 1:2 E1 A0 8B", "TXT008 1:4 E1 9E B4"]),
    "a preheader": ("\u034f \u034f \u200c\n".encode(), ["TXT008 1:1 CD 8F", "TXT008 1:3 CD 8F", "TXT008 1:5 E2 80 8C"]),
    "hidden in tags": (
        "a\U000e0068\U000e0069b \U000e0001\n".encode(),
        ["TXT009 1:2 F3 A0 81 A8 F3 A0 81 A9", "TXT009 1:6 F3 A0 80 81"],
    ),
    "tags of no flag": (
        "🏴\U000e0075\U000e007f 🏳\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\n".encode(),
        [
            "TXT009 1:2 F3 A0 81 B5 F3 A0 81 BF",
            "TXT009 1:6 F3 A0 81 A7 F3 A0 81 A2 F3 A0 81 A5 F3 A0 81 AE F3 A0 81 A7 F3 A0 81 BF",
        ],
    ),
    "behind a flag": (
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\U000e0021\n".encode(),
        ["TXT009 1:8 F3 A0 80 A1"],
    ),
    "hidden in selectors": (
        "😀\U000e0158\U000e0159 ❤\ufe0f\ufe0f\n".encode(),
        ["TXT010 1:2 F3 A0 85 98 F3 A0 85 99", "TXT010 1:6 EF B8 8F EF B8 8F"],
    ),
    "selectors out of place": (
        "\ufe0fa\ufe0f б\ufe0e \ufe00á\ufe01\n\ufe0f天\ufe0f あ\U000e0100 ❤\U000e0100\n".encode(),
        [
            *("TXT010 1:1 EF B8 8F", "TXT010 1:3 EF B8 8F", "TXT010 1:6 EF B8 8E", "TXT010 1:8 EF B8 80"),
            *("TXT010 1:10 EF B8 81", "TXT010 2:1 EF B8 8F", "TXT010 2:3 EF B8 8F"),
            *("TXT010 2:6 F3 A0 84 80", "TXT010 2:9 F3 A0 84 80"),
        ],
    ),
    "a tower of marks": (
        "Z\u0334\u0335\u0336\u0337\u0338 z\u0334\u0335\u034f\u0336\u0337\n".encode(),
        ["TXT015 1:2 CC B4 CC B5 CC B6 CC B7 CC B8"],
    ),
    "deprecated controls": (
        "a\u206ab \ufff9c\ufffbd\n".encode(),
        ["TXT008 1:2 E2 81 AA", "TXT008 1:5 EF BF B9", "TXT008 1:7 EF BF BB"],
    ),
}


@pytest.mark.parametrize(("data", "expected"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_found_where_it_is(data: bytes, expected: list[str]) -> None:
    found = []
    for finding in of_texts(found_in(data)):
        where = f" {finding.line}:{finding.column} {data[finding.byte_start : finding.byte_end].hex(' ').upper()}"
        found.append(finding.code + (where if finding.line is not None else ""))
    assert found == expected


surroundings = st.sampled_from(
    ["x", " ", "\n", "1", "ä", "\u0301", "א", "م", "क", "ก", "ខ", "ᠮ", "天", "ᄀ", "ㅏ", "👩", "❤️", "🏽", "⠓"]
)
mixtures = st.lists(st.one_of(surroundings, st.sampled_from(text.INVISIBLES)), max_size=12).map("".join)


@given(mixtures)
def test_the_first_look_at_invisible_characters_passes_over_nothing(content: str) -> None:
    document = document_of(content.encode())
    found = [hit.span for hit in invisible.invisible_character.check(document)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(invisible, "_doubtful", lambda present: f"[{present}]+")
        assert [hit.span for hit in invisible.invisible_character.check(document)] == found
