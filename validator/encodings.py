"""Documents that are not UTF-8: what the damage is, and which older encoding a document may be in.

``is_foreign`` tells a whole document in another encoding from damaged UTF-8, by its bytes alone, and
``damage`` divides the rest. The rules on encodings share these answers, so that each ill-formed byte is
reported once. ``guess`` names the encoding: of all possible readings the one whose letters and words
are the most common ones of some language.
"""

from __future__ import annotations

from functools import lru_cache

from validator import text
from validator.model import TYPE_CHECKING, Span, value

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

# ---- what the damage is

_ASCII = bytes(range(0x80))
_WELL_FORMED = (
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_ALONE = rb"[\xc2-\xc5][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
"""What may stand alone among ASCII: Latin letters, signs, ideographs. Other letters come in words."""
_DAMAGED = (
    rb"\xc0[\x80\xae\xaf]|\xe0\x80[\x80-\xbf]|\xf0\x80[\x80-\xbf]{2}"  # overlong forms of NUL, dot and slash
    rb"|\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"  # a pair of surrogates; a single one is in _ALONE
    rb"|\xe2[\x80-\x82]|\xf0\x9f[\x80-\xbf]"  # a sign or an emoji, cut short
)
"""What was UTF-8 and would make no sense in another encoding."""
_FEW, _CHANCE = 4, 200
"""So many times more bytes must be in long runs that are not UTF-8, or in all, than in runs that are UTF-8."""


@lru_cache(maxsize=1)  # several rules ask about the same document
def is_foreign(data: bytes) -> bool:
    """Whether a document that is not UTF-8 was never meant to be UTF-8.

    In another encoding, bytes are UTF-8 only by chance. So the runs of bytes beyond ASCII count that are
    UTF-8 from end to end, or once were: there must be none, or few beside long runs that are not, or hardly
    any. Where nothing but the document's edge is ill-formed, it was cut.
    """
    import re

    tail, head = text.cut_edges(data)
    body = data[tail.end : head.start]
    size = len(body.translate(None, _ASCII))
    well_formed = len(body.decode("utf-8", "ignore").encode().translate(None, _ASCII))
    if well_formed * 4 >= size * 3:
        return False
    is_utf8 = re.compile(rb"%b|(?:%b){2,}+|%b" % (_ALONE, _WELL_FORMED, _DAMAGED)).fullmatch
    evidence = others = 0
    for run in re.finditer(rb"[\x80-\xff]+", data[tail.end :]):
        length = run.end() - run.start()
        if is_utf8(run[0]):
            evidence += length
        elif length > 2:
            others += length
    return evidence * _FEW <= others or evidence * _CHANCE <= size


def damage(data: bytes) -> Iterator[tuple[Span, str]]:
    """What in a document is not UTF-8, in order; nothing if all of it is in another encoding.

    The kind is ``pasted`` for bytes in a row that read well in Windows-1252 where they are, else one of
    those of ``text.sequences``. What the document's edges cut off is left out.
    """
    if is_foreign(data):
        return
    tail, head = text.cut_edges(data)
    for run in text.ill_formed_runs(data):
        inner = Span(max(run.start, tail.end), min(run.end, head.start))
        if inner.start < inner.end:
            if _is_pasted(data, inner):
                yield inner, "pasted"
            else:
                yield from text.sequences(data, inner)


_PASTED = 8
"""Bytes of the longest row that is looked at as Windows-1252; it consists of letters and signs among ASCII."""
_WORDS = "àáèéêìíòóôúùýåæøöÀÁÈÉÊÍÓÔÚÅÆØÖ"
"""What is a word of some language by itself."""
_INSIDE = "’‘–—·\xad"
_BEFORE = "“”„‘‚«‹¿¡–—•"
_BEHIND = "’”“»›…®™–—"
_BETWEEN = "–—…·•©®™«»±×÷¶"
_BESIDE_NUMBERS = "€£¥¢§¼½¾°‰ªº²³"
"""Signs by where they stand: inside a word, before or behind one, between blanks, anywhere but at a letter."""


def _is_pasted(data: bytes, run: Span) -> bool:
    """Whether bytes read well in Windows-1252 with the characters beside them."""
    if run.end - run.start > _PASTED:
        return False
    if any(part.end - part.start > 2 or data[part.start] == 0xC0 for part, _ in text.sequences(data, run)):
        return False  # far more likely to have been UTF-8
    try:
        content = data[run.start : run.end].decode("cp1252")
    except UnicodeDecodeError:
        return False
    before = data[max(0, run.start - 4) : run.start].decode("utf-8", "ignore")[-1:] or " "
    behind = data[run.end : run.end + 4].decode("utf-8", "ignore")[:1] or " "
    around = before + content + behind
    is_latin = all(_script(c) == "Latin" or "\u2000" <= c <= "\u20cf" for c in before + behind)
    return is_latin and all(map(_reads_well, around, content, around[2:]))


def _reads_well(left: str, character: str, right: str) -> bool:
    """Whether a character of Windows-1252 is in its place between two others."""
    if character.isalpha() and character not in "ªº":
        if character.isupper() and (left.islower() or (character in "ÂÃ" and not (left + right).isupper())):
            return False  # C2 and C3 are the first bytes of most letters that were cut in two
        return left.isalpha() or right.isalpha() or character in _WORDS
    if character in _BESIDE_NUMBERS:
        return not left.isalpha() and not right.isalpha()
    if character == "\xa0":
        return not left.isspace() and not right.isspace()
    if left.isalnum():
        return character in (_INSIDE if right.isalnum() else _BEHIND)
    if right.isalnum():
        return character in _BEFORE
    return character in _BETWEEN + _BEFORE + _BEHIND


# ---- which encoding it may be

_WESTERN = "WINDOWS-1252 ISO-8859-15 MACINTOSH CP850 CP437"
_CENTRAL = "WINDOWS-1250 ISO-8859-2 CP852"
_BALTIC = "WINDOWS-1257 ISO-8859-13 CP775 ISO-8859-4"
_CYRILLIC = "WINDOWS-1251 KOI8-R KOI8-U CP866 CP1125 ISO-8859-5 MACCYRILLIC"

_SIMPLIFIED = (
    f"，。、：“”{text.FREQUENT_HANZI}"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
)
_TRADITIONAL = (
    "的，。一是不了在有人我他這個、們中來上大為和國地到以說：「」時要就出會可也你對生能而子那得於著下自之"
    "年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開"
    "但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應"
)
_JAPANESE = (
    "のいに、るを。はとしてたがでっなかあれスンりまトーさルイもすらうクリドラこ・くアだ日ロジシ「」大よフ"
    "レタ年一めそせ人わプテグ本コおッ行国マ時中出み者会つ見上合学生地分長き自場ィ田けメ気後ばャど定事東サ"
    "バ文動手新部ブウ方用キ前間社ムデ高え入名作ミ今物的ち女ニ内当子京オん全度エ力数月対山下小開同業三"
)
_KOREAN = (
    "이다는에의가을로하고한지를은기사아나도리서해시자인어있그대들수일과으전정만적라마스여비보게제장부주면"
    "상안구성원공유동위조국러거선경신연오용화실문분개생우세무중관때치말것데미까터모방내계음회소심민습니행"
    "발양물법학당없와교된체결련또려금입저간재달영명현반식되등할진두본바단청강호요포드트르크야남북"
)

_LANGUAGES = (
    # English, French, German, Spanish, Italian, Portuguese
    (_WESTERN, "’“”—–…‘é•£©°½", "the of and to a in is that it for as was with on be by at not this are from or have"),
    (_WESTERN, "éèàêçôîûùâœëïæ", "de la le les et des en un une est que pour qui dans pas sur à été où même être très"),
    (_WESTERN, "üäöß", "der die und in den das von zu mit sich ist nicht ein eine auf dem es für wird als über können"),
    (_WESTERN, "óíáéñúü¿¡ªº", "de la que el en y los del se las un por con una su para es al más sí está qué también"),
    (_WESTERN, "èàùòéìíóº", "di e il la che in un per è non una sono con del si da le dei nel più può al perché così"),
    (_WESTERN, "ãçáéíóõêúâàôªº", "de a o que e do da em um para com não uma os no se na por mais é são está já também"),
    # Swedish, Danish and Norwegian, Dutch, Finnish, Catalan, Icelandic
    (_WESTERN, "äöåéü", "och att det som en på är av för med den till inte om ett han de var jag i från så när också"),
    (_WESTERN, "åøæéöä", "og i det at en den til er som på de med for ikke der av af han et å var så når være også"),
    (_WESTERN, "ëéïöóüèáê", "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij één"),
    (_WESTERN, "äöåéšž", "ja on ei se että oli hän mutta ovat kun niin myös tai joka jos sitä mitä kuin voi ole vain"),
    (_WESTERN, "óàéèíçúòïü·", "de la i el que a en les un per és del una amb els no es al com més però també són"),
    (_WESTERN, "íðáþóéöæúý", "og að í á sem er til var við með en ekki það um af fyrir hann því ég eða þar frá"),
    # Polish, Czech, Hungarian, Romanian, Slovene and Croatian, Slovak
    (_CENTRAL, "łąęśżóćńź", "i w z na się nie do to jest że o jak po co za od tak dla ale przez są być może tylko"),
    (_CENTRAL, "íáéěřčžýšůúňóťď", "a se je v na to s z že do o pro jako by ale po jsou jsem si také když může není"),
    (_CENTRAL, "áéöóőüíúű", "a az és hogy nem is egy ez volt meg de csak el ha már még mint van vagy után között"),
    (_CENTRAL, "ăîşâţé", "de în a la şi cu pe un o din nu care este mai să se au pentru sunt ca fi dar prin până după"),
    (_CENTRAL, "čšžćđ", "je in u na se da i za ne v z s so ki pa su od što kako ali ili tudi kot će što već više može"),
    (_CENTRAL, "áíčťéýžúšľôóňäďŕĺ", "a v sa na je že to s z do ako by si ale pre po nie aj alebo od sú bol môže keď"),
    # Lithuanian, Latvian, Estonian
    (_BALTIC, "ėšžųįąčūę", "ir į kad iš yra ne su tai o kaip buvo bet jau per jis apie tik arba kai gali būti už nuo"),
    (_BALTIC, "āēīšūņļžčķģ", "un ir ar no uz ka par kas kā nav bet tas arī vai lai pie tiek pēc būs līdz var tā"),
    (_BALTIC + " WINDOWS-1252", "äõüöšž", "ja on ei et see kui oli ka aga ning mis oma või kes siis nii välja üle"),
    # Esperanto, Turkish, Vietnamese
    (
        "ISO-8859-3",
        "ĝĉŝŭĵĥ",
        "la de kaj en estas al por ne vi ke pri el kun per ĝi ĉi tiu aŭ ankaŭ kiel pli ĉiuj se sed",
    ),
    ("WINDOWS-1254 CP857", "ıişüğçöâîû", "ve bir bu da de için ile çok olarak daha gibi olan en kadar ne sonra değil"),
    ("WINDOWS-1258", "\u0323đư\u0301\u0300ôêơ\u0309áâàăíóúéýìò\u0303ùèãõ", "và của là có không được các một người với"),
    # Russian, Ukrainian, Bulgarian, Serbian and Macedonian, Belarusian
    (_CYRILLIC, "оеаинтрсвлкмдпуяыьзбгйчюхжшцщэфёъ«»—№", ""),
    (_CYRILLIC, "оаниiвтреслкдмупязьбгчйхжшюцєїщґ«»—№’і", ""),
    (_CYRILLIC, "аеионтрсвлкдпмзгуъбячхцжйщшюфь„“", ""),
    (_CYRILLIC, "аоиеутнсрјвкдмплзгбчшћцжњхљђфџѓќѕ„“", ""),
    (_CYRILLIC, "анеіырстклоўвдпмяузьгбйчцжшхёюэф«»—", ""),
    # Greek, Hebrew, Arabic, Persian, Thai
    ("WINDOWS-1253 ISO-8859-7 CP737", "αοιετνσηρπκμςλυίόάήδέγώχθύφβξζψϊΐ·«»", ""),
    ("WINDOWS-1255 ISO-8859-8 CP862", "יוהלאתרבמשנכםדעחקפסטגןזצךץף״־", ""),
    ("WINDOWS-1256 ISO-8859-6", "اليمونرتبدعفسهةكقحجشأطصخذىزضءإئغثؤظآ،؟\u064b\u064c\u0651", ""),
    ("WINDOWS-1256", "ايردنهمتبسشكولخعفگزقجحپطصآچذئضغثظءأؤۀی\u200c،", ""),
    (
        "CP874",
        "านรอกเงมวลดตสทยคปบจหใไแ\u0e48\u0e49\u0e31\u0e35\u0e34\u0e38\u0e39\u0e37\u0e36\u0e47\u0e4cำะพชขโถผซธณศษภญฐๆฟฏ",
        "",
    ),
    ("GB18030", _SIMPLIFIED, ""),
    ("BIG5 CP950", _TRADITIONAL, ""),
    ("CP932 EUC-JP", _JAPANESE, ""),
    ("EUC-KR CP949", _KOREAN, ""),
)
"""Encodings in the order of use, the letters of a language from frequent to rare, and frequent words of it."""

_SELDOM = "MACINTOSH MACCYRILLIC ISO-8859-4 CP437 CP737 CP775 CP850 CP852 CP857 CP862 CP866 CP1125"
"""Encodings of systems that are gone."""
_SAMPLE = 8192
"""Bytes that a guess looks at: of the first lines that are not ASCII."""
_BEFORE_IT = 400
"""Bytes of ASCII before the first other one in a line that are looked at, for their words."""

# Costs are negative logarithms of rough probabilities; so they add up, and the lowest sum wins.
_CASE_COST = 5.0  # a capital behind a small letter, a letter behind one of another script
_SIGN_COST = 3.0  # a sign where none is usual
_DASH_COST = 1.0
_SELDOM_COST = 3.0
_COMMON_COST = 5.0  # a sign that occurs in many languages
_FOREIGN_COST = 9.5  # a character that is not in the language's list
_IDEOGRAPH_COST = 12.0
_NO_CHARACTER_COST = 14.0  # a control, or bytes for which the encoding has no character
_WORD_GAIN = 2.5
_SURE = 5.0
"""By so much any other reading must cost more for a guess to be sure."""
_TEXT = 4.5
"""So much may each byte beyond ASCII cost in a text."""

_TO_LETTERS = "’·\u0300\u0301\u0303\u0309\u0323"
_OPENING = "“„«‘‚‹¿¡"
_CLOSING = "”»›…"
_COMMON = "’–—·°§€©®\xa0" + _OPENING + _CLOSING


@value
class Guess:
    """The encoding that a document seems to be in, what it then says, and whether nothing else is likely.

    ``text`` is ``None`` where the document holds bytes that the encoding does not have; ``encoding`` is
    empty where none fits.
    """

    encoding: str
    text: str | None
    is_sure: bool


@value
class _Reading:
    """A sample in some encoding: its characters beyond ASCII, its words, what the order of characters costs."""

    content: str
    characters: Counter[str]
    words: list[str]
    oddity: float


def guess(data: bytes) -> Guess:
    """The most likely of the encodings above."""
    import re
    from codecs import getincrementaldecoder

    sample, is_whole = _sample(data)
    readings: dict[str, _Reading] = {}
    costs: dict[str, tuple[float, float]] = {}  # with what the words gain, and without
    for encodings, letters, frequent in _LANGUAGES:
        ranks = {letter: rank for rank, letter in enumerate(letters, 1)}
        words = frozenset(frequent.split())
        for encoding in encodings.split():
            if encoding not in readings:
                content = getincrementaldecoder(encoding)("replace").decode(sample, is_whole)
                readings[encoding] = _reading(content, encoding in _SELDOM.split())
            reading = readings[encoding]
            cost = reading.oddity + sum(_cost(c, ranks) * times for c, times in reading.characters.items())
            gain = _WORD_GAIN * sum(word in words for word in reading.words)
            costs[encoding] = min((cost - gain, cost), costs.get(encoding, (cost - gain, cost)))
    best = min(costs, key=lambda encoding: costs[encoding])
    same = [encoding for encoding, reading in readings.items() if reading.content == readings[best].content]
    margin = min(cost for encoding, (cost, _) in costs.items() if encoding not in same) - costs[best][0]
    beyond_ascii = len(sample) - len(re.findall(r"[\x00-\x7f]", readings[best].content))
    is_text = costs[best][1] <= _TEXT * beyond_ascii
    for encoding in same:
        try:
            return Guess(encoding, data.decode(encoding), is_text and margin >= _SURE)
        except UnicodeDecodeError:
            pass
    return Guess(best if is_text else "", None, False)


def _sample(data: bytes) -> tuple[bytes, bool]:
    """The first lines that are not ASCII, and whether they are whole."""
    import re

    lines: list[bytes] = []
    size = 0
    for found in re.finditer(rb"[\x80-\xff][^\n]*", data):
        start = found.start()
        before = data[max(0, start - _BEFORE_IT) : start].rpartition(b"\n")[2]
        lines.append(before + data[start : min(start + _SAMPLE, found.end())])
        size += len(lines[-1]) + 1
        if size > _SAMPLE:
            break
    return b"\n".join(lines)[:_SAMPLE], size <= _SAMPLE


def _reading(content: str, is_seldom: bool) -> _Reading:
    import re
    from collections import Counter

    pairs = Counter(zip(" " + content, content + " ", strict=True))
    oddity = sum(_oddity(left, right) * times for (left, right), times in pairs.items())
    lowered = content.lower()
    characters = Counter(re.findall(r"[^\x00-\x7f]", lowered))
    words = re.findall(r"[^\W\d_]+", lowered)
    return _Reading(content, characters, words, oddity + _SELDOM_COST * is_seldom)


def _oddity(left: str, right: str) -> float:
    """What it costs that two characters are neighbours."""
    if left.isascii() and right.isascii():
        return 0
    if left.isalpha() and right.isalpha():
        is_odd = (left.islower() and right.isupper()) or _script(left) != _script(right)
        return _CASE_COST if is_odd else 0
    letter, sign = (left, right) if left.isalpha() else (right, left)
    if not letter.isalpha() or sign.isascii() or _script(letter) == "other" or sign in _TO_LETTERS:
        return 0
    if sign in "–—\xa0":
        return _DASH_COST
    return 0 if sign in (_CLOSING + "°®™" if left.isalpha() else _OPENING + "©") else _SIGN_COST


def _script(letter: str) -> str:
    if letter < "\u0370" or "\u1e00" <= letter < "\u1f00":
        return "Latin"
    return "Greek" if letter < "\u0400" else "Cyrillic" if letter < "\u0530" else "other"


def _cost(character: str, ranks: dict[str, int]) -> float:
    """How unlikely a character is in a language."""
    from math import log

    if character in ranks:
        return log(ranks[character] * (1 + log(len(ranks))))  # as Zipf's law has it
    if character == "\ufffd" or character < "\xa0":
        return _NO_CHARACTER_COST
    if character in _COMMON:
        return _COMMON_COST
    return _IDEOGRAPH_COST if character >= "\u2e80" and len(ranks) < 100 else _FOREIGN_COST
