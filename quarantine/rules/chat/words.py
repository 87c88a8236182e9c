"""The words that people of a chat group put around a temperature, by what they do to it.

What stands between a person and a reading must be known whole, or the reading is asked about: an unknown word may be
somebody else's name. So this list is long, and a word that is missing costs a tap, never a wrong record.
"""

import re

MALE, FEMALE = "M", "F"


def _any(words: str) -> str:
    """An alternation of words, longer ones first."""
    return "|".join(re.escape(word) for word in sorted(words.split(), key=lambda word: (-len(word), word)))


# What a relative is of the one who speaks or is named.
SPOUSE, CHILD, PARENT, GRANDPARENT, GRANDCHILD = "spouse", "child", "parent", "grandparent", "grandchild"
SIBLING, IN_LAW, CHILD_IN_LAW, OTHER = "sibling", "in_law", "child_in_law", "other"
_KIN = {
    (SPOUSE, MALE): "老公 丈夫 孩子爸 孩子他爸 孩子爸爸 孩他爸 娃他爸 娃爸",
    (SPOUSE, FEMALE): "老婆 妻子 媳妇 媳妇儿 太太 孩子妈 孩子他妈 孩子妈妈 孩他妈 娃他妈 娃妈 妻",
    (SPOUSE, ""): "爱人 老伴 老伴儿 配偶 对象 另一半",
    (CHILD, MALE): "儿子 大儿子 小儿子 二儿子",
    (CHILD, FEMALE): "女儿 闺女 大女儿 小女儿 二女儿 姑娘 丫头",
    (CHILD, ""): "孩子 小孩 宝宝 娃 娃娃 小朋友 大宝 二宝 小宝 老大 老二 宝贝 小孩子",
    (PARENT, MALE): "爸爸 父亲 老爸 爸 爹 老爷子 老头",
    (PARENT, FEMALE): "妈妈 母亲 老妈 妈 娘 老娘",
    (PARENT, ""): "父母 爸妈",
    (GRANDPARENT, MALE): "爷爷 外公 姥爷",
    (GRANDPARENT, FEMALE): "奶奶 外婆 姥姥",
    (GRANDCHILD, MALE): "孙子 外孙 外孙子 孙儿",
    (GRANDCHILD, FEMALE): "孙女 外孙女",
    (SIBLING, MALE): "哥哥 弟弟 哥 弟 大哥 二哥 大弟",
    (SIBLING, FEMALE): "姐姐 妹妹 姐 妹 大姐 二姐",
    (IN_LAW, MALE): "公公 岳父 丈人 老丈人",
    (IN_LAW, FEMALE): "婆婆 岳母 丈母娘",
    (CHILD_IN_LAW, MALE): "女婿",
    (CHILD_IN_LAW, FEMALE): "儿媳 儿媳妇",
    (OTHER, ""): "室友 舍友 合租 保姆 同屋 同住 朋友 同事 男朋友 女朋友 男友 女友 邻居 隔壁 对门 楼上 楼下 "
    "亲戚 别人 人家",
}
KIN_OF = {word: kind for kind, listed in _KIN.items() for word in listed.split()}
KIN = re.compile(rf"(?:(?:我们|咱们|我|俺|咱|他|她)(?:家的?|的)?)?(?P<kin>{_any(' '.join(KIN_OF))})")

# Behind a surname (王阿姨), with the sex they tell.
_TITLES = {
    FEMALE: "阿姨 大妈 大娘 奶奶 婆婆 女士 小姐 太太 姐 嫂 妈妈 妈 大姐 大嫂",
    MALE: "叔叔 大爷 大叔 伯伯 爷爷 先生 哥 叔 大哥 爸爸 爸",
    "": "师傅 老师 医生 工 总 老",
}
TITLES = {word: sex for sex, listed in _TITLES.items() for word in listed.split()}

# Directly before a reading: each of those named has it.
ALL = re.compile(r"(?:都|均|全部?|各)(?:是|为|在|量的?|报)?\s*[:]?\s*$")
FIRST = re.compile(r"本人|自己|我(?!们)(?!家|的)|俺(?!家)")
PRONOUN = re.compile(r"(?<!其)[他她](?!们)")
GROUP = re.compile(
    r"(?:我们|咱们|我|咱|俺)?(?:全家|一家)(?:(?P<one>[一二两三四五六七八2-8])口)?人?"
    r"|(?:我们|我|咱|俺)家|家里人|家里"
    r"|(?<![0-9])(?P<two>[一二两三四五六七八1-8])\s?(?:口人|口子|口|个人|位|人(?![民份次]))(?:都在)?"
)
COUNTS = {word: number for number, word in enumerate("一二三四五六七八", 1)} | {"两": 2}
# Who writes for somebody else: "女儿代报" says who wrote, "代李明报" of whom.
REPORTER = re.compile(r"(?:代为?|帮忙?|帮着)(?:填报?|报|发|签|写|交|填写|上报)|代报|代")
ON_BEHALF = re.compile(r"(?:(?:帮忙?|替|代)(?:一下|着)?(?![填报发签写交忙])|给(?=[^\s]{0,4}报))")

_ALONE = r"(?<![\u4e00-\u9fff]){0}(?:间|测|量|报)?(?![\u4e00-\u9fff,!~。]|$)|{0}(?=体温|测温)|(?<=[(]){0}(?=[)])"
# Times of day, each with an hour that lies in it. 早 alone may be a greeting.
SLOTS = (
    (re.compile(r"(?:今天?|今日)?(?:早上|早晨|清晨|清早|大早|一早|晨起|晨)|今早|今晨"), 8),
    (re.compile(r"(?:今天?|今日)?(?:上午)"), 10),
    (re.compile(r"(?:今天?|今日)?(?:下午|午后)"), 15),
    (re.compile(r"(?:今天?|今日)?(?:晚上|傍晚|夜里|夜间|半夜|晚间)|今晚|今夜"), 20),
    (re.compile(_ALONE.format("早")), 8),
    (re.compile(_ALONE.format("晚")), 20),
)
SLOT_AT_END = re.compile(r"(?<=[\0 ])[(]?(?P<slot>[早晚])[)]?\s*$")
GREETING = re.compile(
    r"(?:大家|各位|邻居们?)?(?:早上|上午|中午|下午|晚上)好|大家早|各位早|早安|晚安|午安|早[呀啊哦](?![\u4e00-\u9fff])"
    r"|^\s*早(?=[,!~。])|(?:早|晚|中|午)[饭餐](?:前|后)?|早[点就]|晚点|起晚|来晚|太?晚了"
)
FORGOT = re.compile(r"忘|没报|漏报|补报")
OTHER_DAY = re.compile(
    r"昨[天日晚早夜](?:早上|晚上|上午|下午|早|晚)?|前[天晚](?:早上|晚上)?|大前天|上周|去年|上次|以前|之前"
)
THIS_DAY = re.compile(r"今[天日早晚晨]|现在|刚才|刚刚")

# A reading that is asked about, hedged or not said of anybody.
ASKED = re.compile(
    r"[?？]|[吗么](?![么])|是不是|是否|有没有|能不能|对不对|算不算|可不可以|谁|几点|多少|为啥|为什么|怎么|要不要"
)
ABOUT_BEFORE = re.compile(r"(?:大概|大约|约|差不多|好像|应该|可能|估计|不到|接近|快)(?:是|有)?\s*$")
ABOUT_BEHIND = re.compile(r"\s*(?:左右|上下|多(?!喝|谢|休|吃)|的样子|吧|以内|[+＋](?!\s?\S)|之间|不到)")
DENIED = re.compile(r"(?:不是|并非|不要写|别写)\s*$")
NOT_QUITE = re.compile(r"(?:不止|没有|没到|没)\s*$")
LIMIT_BEFORE = re.compile(
    r"(?:超过?|高于|低于|大于|小于|达到|[≥≤><]=?|如果|假如|要是|一旦|标准|界限)\s*(?:了|到|是)?\s*$"
)
LIMIT_BEHIND = re.compile(
    r"\s*(?:(?:及|或|和)其?以[上下]|以[上下内]|不?算|[才就]算|就[要得]|要马上|要立即|的(?![是\s]|$|[,。!]))"
)
_MEASURE = "[斤盒箱板包杯袋份个只条瓶件桶提把]"
PRICE_BEFORE = re.compile(rf"(?:[一两二三半每几]{_MEASURE}|单价|价格?|原价|特价|现价|卖|只要|共计?|[¥￥$])\s*[:]?\s*$")
PRICE_BEHIND = re.compile(
    rf"\s?(?:元(?![旦月宵气])|块(?!儿)|[一每/]\s?{_MEASURE}|[两半]?斤|公斤|千克|kg|KG|%|万(?!事)|厘米|公里|毫升|分钟|平米|度电|ml)"
)
# What is measured that is no body; what has a temperature and no name.
THINGS = re.compile(
    r"(?:水温|室温|气温|室内|室外|外面|洗澡水|洗脚水|热水|湿度|空调|冰箱|暖气|血糖|血压|血氧|体重|身高|股票|股价|油价|油温"
    r"|狗狗?|猫咪?|兔子?|菜价|天气|心率|脉搏)\s*(?:是|有|才|都)?\s*[:]?\s*$"
)
COUNTED = re.compile(
    r"\s*(?:岁|元|块|号|人|例|步|个|斤|天|分|秒|月|年|日|栋|楼|单元|层|户|家|次|份|箱|盒|包|袋|瓶|点|时|路|位|名|%|公里|米|kg|度电|床|件|桶"
    r"|提|片|粒|支|克|升|毫升|ml|g|口|条|度以)"
)
# An example of how to write, or an order to everybody.
EXAMPLE = re.compile(
    r"^\s*[(【\[]?(?:例|示例|格式|模板|填写|如[:])|(?:格式|示例|例如|模板|样板|,如|比如|\(如)[:]?|请按|接龙格式"
)
TITLE = re.compile(r"体温|测温|接龙|打卡|登记|健康|报(?!告厅)")
STAFF = re.compile(r"网格员|群主|管理员|物业|社区|志愿者|书记|主任|居委|工作人员|客服|楼长|楼栋长")

# Words of an illness are shown to the worker; they are never stored.
SYMPTOM = re.compile(
    r"咳嗽?|嗓子[疼痛干哑痒不]?|喉咙[疼痛干痒不]?|咽喉?[痛疼]|发[烧热](?!馒头)|高烧|低烧|发冷|怕冷|畏寒|寒战|打冷战"
    r"|乏力|没力气|没劲|没精神|无力|头[疼痛晕昏]|[拉闹]肚子|腹泻|腹痛|肚子[疼痛]|鼻塞|流鼻涕|流涕|鼻涕|胸闷|胸口[闷疼痛]"
    r"|气[短喘促]|喘不|喘气|呼吸困难|[嗅味]觉|闻不到|尝不出|没味道|恶心|呕吐|想吐|[浑全]身[疼痛酸]|肌肉[疼痛酸]|酸痛"
    r"|[不没](?:太|大|是很|怎么|很)?(?:舒服|舒坦|得劲)|难受|心慌|心悸|阳性|阳了|红疹|打喷嚏|感冒"
)
NEGATED = re.compile(
    r"(?:没什么|没有?任何|没有什么|没有?|无任何|无|未见?|不(?!太|大|是|怎)|否认)\s*(?:再|明显|出现|感觉)?$"
)
WELL = re.compile(
    r"一切(?:都)?(?:正常|安好|良好|平安)|(?:都|均|身体|体温|全家|目前|全部)?(?:很|挺)?(?:正常|健康|良好|平安|安好)"
    r"|(?:均|都)?[无没]有?(?:任何)?(?:异常|症状|不适|情况)(?:症状|情况)?|没(?:有)?事儿?|(?:都)?(?:挺|很|蛮)好的?|能吃能睡|阴性"
)

# What may stand between a person and her reading. Single characters do not prove that a name ends before them.
WORDS = re.compile(
    _any(
        "早上好 上午好 中午好 下午好 晚上好 大家好 大家早 大家早上好 各位早 各位 早安 晚安 午安 你好 您好 早呀 "
        "早啊 早哦 谢谢 感谢 多谢 辛苦了 辛苦 收到 好的 好嘞 新年好 新年快乐 亲们 邻居们 老邻居 家人们 朋友们 "
        "小区 大家 体温计 体温表 体温是 体温 温度计 温度 测温枪 额温枪 体温枪 额温 腋温 耳温 口温 腋下 额头 水银 "
        "电子 读数 结果 显示 量了 量的 量得 量 测了 测的 测得 测量 测 一量 一测 两次 一次 三次 报一下 说一下 "
        "报告 报备 报送 上报 补报 补一下 报个 报 填报 填 登记 打卡 汇报 汇总 记录 实测 自测 复测 再测 重测 重新 "
        "刚量 刚测 刚刚 刚才 刚 又 再 一下 第一次 第二次 照片 截图 图片 今天 今日 今儿 现在 目前 此刻 本日 当前 "
        "当天 饭前 饭后 早饭后 早饭前 午饭后 晚饭后 早饭 午饭 晚饭 起床 睡前 睡醒 刚睡醒 醒来 起来 吃完饭 吃过饭 "
        "吃了 吃饭 洗完澡 空腹 回来了 回来 到家 在家 家里 出门 下班 上班 值班 一切正常 正常 无异常 没有异常 健康 "
        "良好 平安 没事 很好 挺好 还好 还行 可以 不错 恢复 好多了 已经 已 退烧了 退烧 不好意思 抱歉 对不起 "
        "起晚了 忘了 忘记了 忘记 迟了 晚了 来晚了 来了 才看到 刚看到 晚点 改一下 更正 纠正 写错了 说错了 打错了 "
        "按错了 报错了 搞错了 看错了 输错了 发错了 错了 弄错了 不对 上面的 上面 上一条 前面的 前面 修改 更新 "
        "重报 重发 应该是 户主 业主 租户 租客 房东 住户 同志 先生 女士 小姐 男 女 师傅 老师 楼栋 栋 号 室 房 "
        "门牌 姓名 名字 房号 常住 大人 老人 我们 咱们 说是 说 叫 无不适 没有不舒服 不舒服 没有 感觉 身体 "
        "状况 情况 有点 有些 还是 还有 还 也是 也 是 为 在 有 都 均 就 了 的 得 着 过 吧 呢 啊 呀 哦 嗯 哈 哈哈 "
        "哈哈哈 嘿 喂 那 这 这里 这边 这个 我这边 我这里 和 跟 与 及 以及 另外 然后 并 同 未测 没测 没量 今晨 "
        "大早 早餐后 分别 分别是 依次 依次是 其中 麻烦 请 向 给 让 下 本户 本人 个 次 岁 不 没 无 未 抗原 核酸 "
        "阴性 同学 早 晚 中午 午间 上午 下午 左右 钟 时候 温 度 摄氏度 确认 核实 刚好 稳定 降了 降到 降 升到 升 "
        "高 低 烧到 烧 咳嗽 没有咳嗽 没有发烧 没发烧 没发热 没有发热 没烧 拉肚子 嗓子疼 头疼 头痛 发冷 发烧 发热 "
        "乏力 酒店 公司 "
    )
)
NOT_MEASURED = re.compile(
    r"\s*,?\s*(?:今天|今日|还|都|又)?\s*(?:没|未|不|忘|等|晚点|待会|稍后|明天|出去|出门|上班|睡|同|也|一样)"
)
# Behind a name, one character that is no part of it though nothing else proves that.
BEHIND_NAME = frozenset("的了是在也都说量测报早晚家今为已同有没不均各")
BEFORE_NAME = frozenset("是我叫和跟与及的、室号栋房")
# Common surnames: an unknown word of two or three characters that begins with one may be a person.
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文柳葛柯卞"
)
