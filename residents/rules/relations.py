"""Relation to the head of household: words of lists → GB/T 4761 codes."""

from residents.rules.text import compact

SELF, HEAD = "01", "02"

# Codes at the depth at which lists and forms use them (GB/T 4761, two digits).
CODES = (
    "01",
    "02",
    "10",
    "11",
    "12",
    "20",
    "28",
    "30",
    "38",
    "40",
    "50",
    "51",
    "52",
    "53",
    "54",
    "55",
    "56",
    "60",
    "70",
    "97",
    "99",
)

_WORDS = {
    "01": "本人 自己",
    "02": "户主 户主本人 房主 业主 家长 本户户主",
    "10": "配偶 夫妻 爱人 老伴 夫妻关系",
    "11": "夫 丈夫 老公 先生",
    "12": "妻 妻子 老婆 媳妇 太太",
    "20": "子 儿子 儿 独子 独生子 长子 次子 二子 三子 四子 五子 小儿子 大儿子 二儿子 养子 继子 其他儿子 子(儿子)",
    "28": "女婿 婿 赘婿 大女婿 二女婿 小女婿 长婿 次婿",
    "30": "女 女儿 独女 独生女 长女 次女 二女 三女 四女 五女 小女儿 大女儿 二女儿 养女 继女 其他女儿",
    "38": "儿媳 儿媳妇 媳 长媳 次媳 大儿媳 二儿媳 小儿媳 大儿媳妇 二儿媳妇 小儿媳妇",
    "40": "孙子 孙女 孙 外孙 外孙子 外孙女 孙子女 孙子女或外孙子女 孙媳 孙媳妇 孙女婿 曾孙 曾孙子 曾孙女 孙辈",
    "50": "父母 双亲",
    "51": "父 父亲 爸爸 爸 继父 养父",
    "52": "母 母亲 妈妈 妈 继母 养母",
    "53": "公公 公爹 夫父",
    "54": "婆婆 夫母",
    "55": "岳父 丈人",
    "56": "岳母 丈母娘",
    "60": "祖父母 祖父 祖母 爷爷 奶奶 外祖父 外祖母 外公 外婆 姥爷 姥姥 爷 奶 祖父母或外祖父母 曾祖父 曾祖母",
    "70": "兄弟姐妹 兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 哥 兄弟 姐妹 嫂 嫂嫂 嫂子 弟媳 姐夫 妹夫",
    "97": "其他亲属 亲属 亲戚 侄子 侄女 侄 外甥 外甥女 叔叔 叔父 伯父 伯母 婶婶 舅舅 舅父 舅母 "
    "叔 伯 舅 姑 姨 婶 伯伯 舅妈 姑妈 侄媳 侄孙 侄孙女 侄儿 表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹 "
    "姑姑 姑母 姑父 姨妈 姨母 姨父 表兄弟 表姐妹 堂兄弟 堂姐妹",
    "99": "非亲属 租户 租客 承租人 保姆 合租 合租户 合租人 室友 朋友 同事 同学 "
    "护工 雇员 住家保姆 月嫂 "
    "房客 租房户 租房者 承租户 合租者 合住 同住人 借住 寄住 雇工 工人 钟点工 男朋友 女朋友 男友 女友 其他非亲属",
}
_CODE_OF = {word: code for code, words in _WORDS.items() for word in words.split()}
_BY_SEX = {"子女": ("20", "30"), "孩子": ("20", "30"), "小孩": ("20", "30")}


def code_of(text: str, sex: str | None = None) -> str | None:
    """The code of a relation word or of a code itself; None for a word that says no relation.

    子女 is a son or a daughter: the person's sex ("M", "F") decides, without it nothing is guessed.
    """
    word = compact(text).removeprefix("之").removeprefix("户主之").removeprefix("户主的")
    if code := _CODE_OF.get(word):
        return code
    if word in _BY_SEX and sex:
        return _BY_SEX[word][sex == "F"]
    return word if word in CODES else None


def word_of(code: str) -> str:
    """The commonest word of a code, which says that code again."""
    return _WORDS[code].split()[0]
