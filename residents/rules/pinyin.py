"""Pinyin of names for search: the whole name and its initials, with surnames read as surnames."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Surnames whose everyday reading is another one.
_SURNAMES = {
    "单": "shan",
    "仇": "qiu",
    "曾": "zeng",
    "解": "xie",
    "朴": "piao",
    "查": "zha",
    "盖": "ge",
    "任": "ren",
    "华": "hua",
    "尉": "wei",
    "区": "ou",
    "缪": "miao",
    "乐": "yue",
    "员": "yun",
    "贠": "yun",
    "折": "she",
    "黑": "he",
    "逄": "pang",
    "冼": "xian",
    "晟": "cheng",
    "召": "shao",
    "种": "chong",
    "秘": "bi",
    "繁": "po",
    "宓": "fu",
    "牟": "mou",
    "纪": "ji",
    "燕": "yan",
    "宁": "ning",
    "洗": "xian",
    "过": "guo",
    "祭": "zhai",
    "翟": "zhai",
    "覃": "qin",
    "褚": "chu",
    "重": "chong",
    "相": "xiang",
    "戚": "qi",
    "隗": "kui",
    "郗": "xi",
    "应": "ying",
    "卜": "bu",
    "车": "che",
    "句": "gou",
    "谌": "chen",
    "石": "shi",
    "佴": "nai",
    "那": "na",
    "撒": "sa",
    "阚": "kan",
    "哈": "ha",
    "葛": "ge",
    "万": "wan",
    "长": "zhang",
    "盛": "sheng",
}
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


def _syllables(name: str) -> list[str]:
    letters = [character for character in name if character.isalnum()]
    double = _DOUBLE_SURNAMES.get("".join(letters[:2])) if len(letters) > 2 else None
    if double:
        return [*double, *map(_syllable, letters[2:])]
    syllables = [_syllable(character) for character in letters]
    if letters and letters[0] in _SURNAMES:
        syllables[0] = _SURNAMES[letters[0]]
    return syllables


def pinyin_of(name: str) -> tuple[str, str]:
    """(whole name, initials) in lower case without tones: ("zhangsanfeng", "zsf").

    A syllable with ü is typed lv by some and lu by others: both spellings stand, separated by a space ("lvmin lumin").
    A character that has no known reading stands for itself.
    """
    syllables = _syllables(name)
    full = "".join(syllables)
    other = "".join(
        "u".join(syllable.split("v")) if syllable[:2] in ("lv", "nv") else syllable for syllable in syllables
    )
    initials = "".join(syllable[0] for syllable in syllables)
    return (full if other == full else f"{full} {other}"), initials
