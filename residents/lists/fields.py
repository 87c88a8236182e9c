"""What a column of a list can mean, and the headers under which workers write it."""

from enum import StrEnum


class Field(StrEnum):
    """A fact about a person, as a column may hold it."""

    NAME = "name"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    ID_TYPE = "id_type"
    ID_NUMBER = "id_number"
    PHONES = "phones"
    ADDRESS = "address"
    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"
    RELATION = "relation"
    HOUSEHOLD = "household"
    ISOLATION_START = "isolation_start"
    ISOLATION_END = "isolation_end"
    REGISTERED_ADDRESS = "registered_address"
    RESIDENCY = "residency"
    COMMUNITY = "community"
    GRID = "grid"
    NOTE = "note"
    CHECK_IN = "check_in"  # the temperature of one slot of one day; a list has a column for each
    DAY = "day"  # of the temperatures of a row, in a list that has a row for each day
    SLOT = "slot"  # morning or evening, in a list that has a row for each
    NEEDS = "needs"
    URGENT = "urgent"


# Headers in order of preference: of two columns that could be the same field, the earlier synonym wins.
# Compared without spaces, punctuation and what stands in brackets. Latin letters are the names that the columns of
# police and civil databases have: the initials of the Chinese words (XM 姓名).
SYNONYMS: dict[Field, str] = {
    Field.NAME: (
        "姓名 居民姓名 人员姓名 被检查人姓名 被检测人员姓名 被检测人姓名 被采样人姓名 申报人姓名 "
        "返乡人员姓名 隔离人员姓名 隔离人姓名 患者姓名 密接姓名 密接者姓名 成员姓名 家庭成员姓名 家庭成员 成员 "
        "住户姓名 住户 业主姓名 租客姓名 租户姓名 学生姓名 员工姓名 被观察人姓名 被隔离人姓名 被观察人 "
        "名字 本人姓名 人员 居民 户主姓名 户主 收货人姓名 收货人 收件人 XM"
    ),
    Field.SEX: "性别 男/女 男女 性别代码 性別 XB",
    Field.BIRTH_DATE: "出生日期 出生年月日 出生年月 生日 出生时间 CSRQ",
    Field.ID_TYPE: "证件类型 证件类别 身份证件种类 身份证件类型 证件种类",
    Field.ID_NUMBER: (
        "身份证号码 身份证号 身份证 公民身份号码 公民身份证号码 居民身份证号码 居民身份证号 身份证件号码 "
        "身份证件号 证件号码 证件号 身份号码 身份证或护照号 身份证号/护照号 身份证/护照 身份证护照号 "
        "护照号码 护照/其他证件号码 护照号 本人身份证号 户主身份证号 GMSFHM SFZH SFZHM ZJHM"
    ),
    Field.PHONES: (
        "手机号码 手机号 联系手机 境内手机号码 手机 本人电话 本人手机号 联系电话 联系方式 电话 电话号码 "
        "联系号码 联系电话号码 移动电话 本人联系方式 本人联系电话 固定电话 座机 住宅电话 户主联系方式 "
        "户主电话 户主联系电话 紧急联系电话 紧急联系人电话 收货电话 LXDH SJH SJHM YDDH LXFS"
    ),
    Field.ADDRESS: (
        "现住地址 现住址 居住地址 家庭住址 家庭地址 住址 居住地 现住地 现居住地址 现居住地 现居地 "
        "现居地址 详细地址 具体地址 隔离地址 隔离地点 居家隔离地址 房屋地址 实际居住地 实际居住地址 "
        "目的地详细地址 目的地地址 目的地 常住地址 常住地 居住详细地址 详细住址 具体住址 居住地点 地址 "
        "楼号、单元、房间号 楼号单元房间号 楼栋房间号 小区楼栋房号 小区楼栋 小区及门牌号 小区房号 楼栋房号 "
        "楼栋单元房号 楼栋-单元-房号 楼栋号单元号房号 门栋号 "
        "门牌地址 小区地址 收货地址 配送地址 XZZ XZZXZ XZDZ JZDZ XXDZ"
    ),
    Field.COMPOUND: "小区 小区名称 所在小区 居住小区 小区名 院落 楼盘 所属小区 小区/院落",
    Field.BUILDING: (
        "楼栋 楼栋号 栋号 楼号 幢号 楼栋单元 栋单元 楼幢单元 宿舍楼 宿舍楼栋 公寓楼 楼 座 所在楼栋 楼座 楼幢 栋 幢 "
        "号楼 楼幢号 栋数 楼宇"
    ),
    Field.UNIT: "单元 单元号 单元门 楼门 楼门号 门 门栋 门洞",
    Field.ROOM: (
        "房号 房间号 寝室号 寝室 宿舍号 房间号码 门牌号码 住房号 室号 门牌号 房室号 户室号 门牌 室 房屋号 户室 房间 "
        "门号 楼层房号"
    ),
    Field.RELATION: "与户主关系 户主关系 与户主的关系 家庭关系 关系 户主与户主关系 与户主之关系 成员关系",
    Field.HOUSEHOLD: "户编号 户号 户编码 所属户 户序号 家庭编号 户序 户籍编号 家庭户号 户次",
    Field.ISOLATION_START: (
        "开始隔离时间 隔离开始时间 隔离开始日期 开始隔离日期 隔离起始时间 隔离起始日期 开始观察日期 "
        "开始观察时间 隔离/医学观察开始时间 医学观察开始时间 医学观察开始日期 观察开始日期 纳入管控时间 "
        "纳入管控日期 管控开始时间 居家隔离开始时间 居家隔离开始日期 隔离时间 隔离期 隔离期限 隔离周期 观察期 管控期 "
        "隔离起 开始时间 开始日期 隔离起止时间 "
        "起止时间 观察期限 起始时间 起始日期 "
        "返乡时间 返乡日期 返回日期 返回时间 返汉时间 抵达时间 抵达日期 到达时间 到达日期 来汉时间"
    ),
    Field.ISOLATION_END: (
        "结束隔离时间 隔离结束时间 隔离结束日期 结束隔离日期 解除隔离日期 解除隔离时间 隔离解除时间 "
        "隔离解除日期 应解除观察日期 预计解除隔离日期 预计解除隔离时间 预计解除时间 解除时间 解除日期 "
        "结束管控时间 结束管控日期 解除管控时间 满14天日期 满7天日期 观察结束日期 医学观察结束时间 "
        "医学观察结束日期 隔离止 隔离期满时间 隔离期满日期 期满时间 期满日期 解除医学观察时间 截止时间 截止日期 "
        "结束时间 结束日期"
    ),
    Field.REGISTERED_ADDRESS: "户籍地址 户籍地 户籍详细地址 户口所在地 户籍所在地 户籍 HJDZ HJD",
    Field.RESIDENCY: "人员类型 人员类别 居住类型 人口类型 居住性质 居住状态",
    Field.COMMUNITY: "所属社区 社区 责任社区 所在社区 社区名称 社区村 居委会 所属社区村",
    Field.GRID: "所属网格 所在网格 网格 网格编码 网格编号 网格名称 责任网格",
    Field.NOTE: "备注 备注信息 其他备注信息 说明 备注说明 其他说明 情况说明",
    Field.DAY: (
        "测量日期 测温日期 监测日期 体温日期 记录日期 登记日期 上报日期 打卡日期 测量时间 测温时间 监测时间 日期"
    ),
    Field.SLOT: "时段 时间段 测温时段 测量时段 班次",
    Field.NEEDS: (
        "所需物资 需求物资 物资需求 需要物资 需求 需要 所需物品 需求物品 物品需求 物资 物品 采购清单 购物清单 需求内容 "
        "代购物品 代购清单 所需药品 需求药品 药品需求 生活物资需求 需求明细 物资名称 物资名称及数量 需采购物资 "
        "商品名称 商品 品名 物品名称 货品名称 药品名称"
    ),
    Field.URGENT: "是否紧急 紧急 是否加急 加急 是否急需 急需 紧急程度 紧急情况 急否",
}

# Fields of which a list may hold several columns that all count.
REPEATABLE = frozenset({Field.PHONES, Field.CHECK_IN, Field.NEEDS})

DOOR = (Field.COMPOUND, Field.BUILDING, Field.UNIT, Field.ROOM)
