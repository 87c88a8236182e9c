"""Pinyin of names for search: the whole name and its initials, with surnames read as surnames."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Surnames whose everyday reading is another one, or has a second one that is alive among those who bear the name; the
# commoner reading first.
_SURNAME_READINGS = (
    "单shan 仇qiu 曾zeng 解xie 朴piao 查zha 盖ge/gai 缪miao/mou 乐yue/le 员yun/yuan 贠yun 折she 黑hei/he "
    "晟cheng/sheng 召shao/zhao 种chong 秘bi/mi 繁po 牟mou/mu 洗xian 祭zhai/ji 翟zhai/di 覃qin/tan 重chong "
    "隗kui/wei 郗xi/chi 句gou 谌chen/shen 佴nai 阚kan 柏bai/bo 薄bo 隽juan/jun 能nai 藏zang 都du 炅gui/jiong "
    "郇xun/huan 乜nie 莘shen/xin 粘nian 镡tan/xin 郄qie/xi 区ou 澹tan 长chang 费fei/bi"
)
_SURNAMES = {pair[0]: tuple(pair[1:].split("/")) for pair in _SURNAME_READINGS.split()}
_DOUBLE_SURNAMES = {
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"),
    "令狐": ("ling", "hu"),
    "宇文": ("yu", "wen"),
    "皇甫": ("huang", "fu"),
    "夏侯": ("xia", "hou"),
    "诸葛": ("zhu", "ge"),
    "鲜于": ("xian", "yu"),
    "亓官": ("qi", "guan"),
}


@lru_cache(maxsize=32_768)
def _syllable(character: str) -> str:
    return lazy_pinyin(character, style=Style.NORMAL, errors="default", v_to_u=False)[0].lower()


def _readings(name: str) -> list[list[str]]:
    """The syllables of a name, once for each reading of its surname, the commoner first."""
    letters = [character for character in name if character.isalnum()]
    double = _DOUBLE_SURNAMES.get("".join(letters[:2])) if len(letters) > 2 else None
    if double:
        return [[*double, *map(_syllable, letters[2:])]]
    syllables = [_syllable(character) for character in letters]
    if not letters or letters[0] not in _SURNAMES:
        return [syllables]
    return [[surname, *syllables[1:]] for surname in _SURNAMES[letters[0]]]


@lru_cache(maxsize=32_768)
def pinyin_of(name: str) -> tuple[str, str]:
    """(whole name, initials) in lower case without tones: ("zhangsanfeng", "zsf").

    A syllable with ü is typed lv by some and lu by others, and some surnames are read in two ways: every spelling of
    the whole name stands, separated by spaces, then the initials that follow from a second reading ("qinli tanli tl").
    The first one is the commonest. A character that has no known reading stands for itself.
    """
    readings = _readings(name)
    if len(readings) == 1 and "v" not in (whole := "".join(readings[0])):  # as most names are
        return whole, "".join([syllable[0] for syllable in readings[0]])
    spellings = [
        "".join(syllables)
        for reading in readings
        for syllables in (
            reading,
            ["u".join(syllable.split("v")) if syllable[:2] in ("lv", "nv") else syllable for syllable in reading],
        )
    ]
    initials = ["".join(syllable[0] for syllable in reading) for reading in readings]
    others = [other for other in initials[1:] if other != initials[0]]
    return " ".join(dict.fromkeys([*spellings, *others])), initials[0]
