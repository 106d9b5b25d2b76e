"""Which language a text is written in, as far as the optional package py3langid is sure of it.

The package brings its model along, and nothing is fetched. To unpack it takes longer than to check a small
collection, so that is done when the first text is to be judged of which common words do not show already that
it is in the language that it should be in. Where the package is not installed, no language is ever detected.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice

from validator import limits, scripts
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
_MANY = ("mis", "mul", "und")
"""What is said of a text where no language is."""

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

_OWN_SHARE = 0.3
"""What share of the letters of a text, at least, show by their script that it is in a language."""
_OWN_SCRIPT = {
    "el": "Greek",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hy": "Armenian",
    "ja": "Kana",
    "ka": "Georgian",
    "km": "Khmer",
    "kn": "Kannada",
    "ko": "Hangul",
    "lo": "Lao",
    "ml": "Malayalam",
    "my": "Myanmar",
    "or": "Odia",
    "si": "Sinhala",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "zh": "Han",
}
"""Languages that the detector knows, whose script no other has that it knows, apart from close relatives."""
_COMMON_SHARE, _COMMON_LEAST = 0.08, 15
"""What share of the words of a text, and how many, have to be common ones of a language if it is to be in it."""
_COMMON_TIMES = 3
"""How many times rarer common words of any other language have to be, those left out that both have."""
_COMMON = {
    "ar": "في من على إلى أن هذا هذه التي الذي عن مع كان ما لا هو هي أو كل ثم قد بعد بين ذلك لم كما إذا",
    "be": "і у на не з што да як гэта для ад па або калі ён яна былі быў а але каб за пра так яго якія",
    "bg mk": "на и да се в за от не са ще с по е во од што со ја го ги ќе си като това или който че при а",
    "bs hr sh sr": "и је у да на се за не што или то није i je u da na se za su koji od što kao ili to nije sam bi ne",
    "ca": "de la i el que en a els les per amb un una del és al no es com més o dels aquest aquesta són pot si",
    "ckb": "و لە بە بۆ کە ئەم ئەو یان هەر لەگەڵ بوو نییە ئەگەر هەموو دەکات تا",
    "cs": "a v na se že je to s z do i o by pro jako k ve si ale tak jsem po nebo které který není jsou jeho od za při",
    "cy": "yn y a i o ar yr ei mae am gan wedi ac eu at un neu hefyd oedd ond fel bod er mwyn nid chi eich",
    "da nb nn no": "og i at er en det som på til af av for med den de har ikke ikkje et der fra frå var kan om eller",
    "de": "die der und in nicht das ist ein zu den von mit wie auf es eine für dem sich im des als auch an aus werden",
    "en": "the of and to a in is that it for as was with be on by are this or not you at from have if he his but they",
    "eo": "la de kaj en estas al ne por ke kiu vi tiu pri kiel oni el aŭ kun mi li ĉi sed se per da ĝi",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le si está este",
    "et": "ja on ei et see kui ta oma oli mis või ning seda ka kas nii siis aga mida sest kes ma kuid olema",
    "eu": "eta da ez du bat dira ere hau edo egin bere zen baina dute den hori dituzten beste izan dago duen",
    "fa": "و در به از که این را با است برای آن یک می تا بر هم کرد شده خود بود یا اگر ما اما شود",
    "fi": "ja on ei se että hän oli mutta ovat kun joka myös niin mukaan jos tai kuin ole sen ne voi olla siitä",
    "fo": "og í er at á til ikki ein tað av eitt sum við fyri frá teir hann um var hon men eru",
    "fr": "de la le et les des en un une du que est dans pour qui pas par au sur il ce avec plus se ne vous sont son",
    "ga": "an a na ar is agus i le go sé tá ag do bhí as atá sin ní leis nach ach mar ó sí chun níl",
    "gl pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à são seu ou",
    "hi mr ne": "के में है की और को से का कि एक यह पर हैं इस भी ही कर नहीं ने तो हो था आहे आणि या हे ते व छ र लागि यो",
    "hu": "a az és hogy nem is egy ez de meg csak volt van mint ha vagy el ki már azt még be aki lesz ezt ami",
    "id ms": "yang dan di untuk dengan dari ini itu pada adalah dalam tidak atau ke akan juga dapat oleh saya kami",
    "is": "og að í á er sem til við um það var ekki en af fyrir með hann eru ég þá eða frá þetta",
    "it": "di e che la il un a per in non una è i del le da con si della sono come dei gli più nel alla lo ma se ha o",
    "la": "et in est non ut ad cum quod qui sed ex aut si ab quae per hoc de atque enim esse",
    "lt": "ir yra kad į iš su tai kaip ne bet nuo jis buvo ar per dėl jo arba apie už tik po savo",
    "lv": "un ir ar no ka uz par kas lai tas vai kā pēc bet nav to var bija arī jo pie tā",
    "nl": "de het een van en in is dat te op voor met zijn die niet aan er om als ook bij of maar wordt door naar kan",
    "pl": "w i na z się nie do to że jest o jak za po od a przez ale co tym czy dla są tak przy ja oraz lub już",
    "ro": "de și şi în a la cu care nu o pe un să din este pentru mai ca că sau au ce sunt prin fost al",
    "ru": "и в не на что с как это по но из у для к от за так он а о же бы вы то если или был когда",
    "sk": "a v na sa je že to s z do aj o by pre ako k vo si ale tak som po alebo ktoré ktorý nie sú jeho od za pri",
    "sl": "in je v na se za da so ki z ne s pa po tudi kot bi ali ter pri od sem bil ni lahko",
    "sq": "të e në i për dhe një me që nga është më si nuk ka do se u kjo ishte por ose",
    "sv": "och i att det som en på är av för med den till inte ett om de har jag var men eller från vi så kan",
    "sw": "ya na wa kwa ni katika za la cha kama hii yake au lakini hiyo huo kuwa hakuna ambao watu sana",
    "tr": "ve bir bu için ile de da olarak çok daha en gibi ne ama kadar olan ya var mi sonra o veya her değil",
    "uk": "і в не на що з як та для до це у за від але або його так про він є й якщо чи вона бути із",
    "ur": "کے کی میں ہے اور سے کا کو کہ اس ہیں پر نے یہ بھی ایک تھا نہیں ہو کیا",
    "vi": "và của là có các một cho không được trong với những này để khi đã người từ như ra bạn sẽ",
}
"""Common words of languages, such as stand in any text; those of close relatives are together."""


def other(text: str, language: str) -> str:
    """The language of a text, an ISO 639 code, if it is certainly not the one that is given, nor a close relative.

    Empty if it is, if nothing is certain, and if the detector does not know the language that is given.
    """
    if not _is_enough(text) or language in _MANY or _is_plainly(text[:_LENGTH], language) or not is_known(language):
        return ""
    found = detected(text)
    return "" if not found or are_alike(language, found) else found


def detected(text: str) -> str:
    """The language of a text, an ISO 639 code; empty if that is not certain.

    The beginning and the end must be in the same one.
    """
    identifier = _identifier()
    if identifier is None or not _is_enough(text):
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


def _is_enough(text: str) -> bool:
    return sum(1 for _ in islice(filter(str.isalpha, text), ENOUGH)) == ENOUGH


def _is_plainly(text: str, language: str) -> bool:
    """Whether the script of a text, or its common words, show that it is in a language."""
    if language in _OWN_SCRIPT:
        letters = scripts.letters(text)
        return letters.get(_OWN_SCRIPT[language], 0) >= _OWN_SHARE * sum(letters.values())
    own = next((words for languages, words in _common() if language in languages), frozenset())
    rivals = (words for languages, words in _common() if not all(are_alike(language, one) for one in languages))
    times = Counter(text.lower().split())
    return _times(times, own) >= max(_COMMON_LEAST, _COMMON_SHARE * times.total()) and all(
        _times(times, own - rival) > _COMMON_TIMES * _times(times, rival - own) for rival in rivals
    )


def _times(times: Counter[str], words: frozenset[str]) -> int:
    return sum(times[word] for word in words)


@cache
def _common() -> tuple[tuple[tuple[str, ...], frozenset[str]], ...]:
    """Languages with their common words, as sets."""
    return tuple((tuple(languages.split()), frozenset(words.split())) for languages, words in _COMMON.items())


@cache
def _identifier() -> Any:
    if limits.is_scarce(_NUMPY):
        return None
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except (ImportError, AttributeError, OSError):  # not there, another version, nowhere to unpack its model
        return None
