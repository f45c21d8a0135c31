"""Why a row of a roster is what it is, by stable names; no reason repeats what the row says of a person."""

from enum import StrEnum
from typing import Final

import msgspec


class Status(StrEnum):
    """What will become of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_OF_REGISTERED = "duplicate_of_registered"
    INVALID = "invalid"
    HELD = "held"


COMMITTED: Final = (Status.NEW, Status.CHANGED)
"""Rows that a commit writes; all others are kept with their reasons."""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One reason: its name, the field it is about, and the other row, subject or villages it points to."""

    code: str
    field: str | None = None
    row: int | None = None
    subject_id: int | None = None
    regions: tuple[str, ...] = ()


_REFUSALS: Final = {
    "id_ruined_by_excel": "证件号码已被Excel损坏(科学计数或末尾补零):请将该列设为文本后重新填写;"
    "若证件上确以000结尾,请单独登记 / the ID number was ruined by Excel (E+17, trailing zeros): format the column as "
    "text and enter it again; if the card really ends in 000, register it by itself",
    "id_of_15_digits": "15位旧身份证号,请填写18位号码 / an ID number of 15 digits; the one of 18 digits is needed",
    "id_length": "证件号码应为18位,残疾人证为20位 / an ID card number has 18 characters, a disability certificate 20",
    "id_characters": "证件号码含有不允许的字符 / the ID number has characters that do not belong there",
    "id_check": "证件号码校验码不符 / the check character of the ID number does not fit",
    "id_birth_date": "证件号码中的出生日期不存在 / the date of birth in the ID number does not exist",
    "id_province": "证件号码中的省份不存在 / the province in the ID number does not exist",
    "no_id_without_reason": "没有证件号码,也没有无证原因 / there is no ID number, and no reason why (无证原因)",
    "cannot_be_found_again": "没有证件号码时须有户编号或电话,否则下次无法辨认 / without ID number a 户编号 or "
    "a phone is needed, or the household could not be recognised next time",
    "uscc_invalid": "统一社会信用代码无效 / the unified social credit code is not valid",
    "external_id_length": "编号超过64个字符 / the number is longer than 64 characters",
    "external_id_missing": "没有户编号 / there is no 户编号",
    "name_missing": "没有姓名或名称 / the name is missing",
    "name_length": "名称超过200个字符 / the name is longer than 200 characters",
    "head_missing": "此户没有“户主”一行 / no row of this household is the head's (户主)",
    "two_heads": "此户有两个“户主” / this household has two heads (户主)",
    "persons_missing": "新户须有家庭人口 / a new household needs its number of persons",
    "persons_invalid": "家庭人口须为1至100的整数 / persons must be a whole number from 1 to 100",
    "amount_invalid": "不是金额 / not an amount of yuan",
    "amount_negative": "金额不得为负 / an amount must not be negative",
    "year_invalid": "年度须为1990至2100 / a year must be from 1990 to 2100",
    "income_without_year": "有收入而无核算年度 / an income without its year (核算年度)",
    "income_without_persons": "有收入而不知人口 / an income of a household whose persons are not known",
    "status_missing": "新户须有户属性或脱贫状态 / a new household needs its status (户属性)",
    "status_unknown": "无法识别的户属性 / a status (户属性) that is not known",
    "percent_invalid": "比例须为0至100,最多两位小数 / a percentage must be from 0 to 100, with two decimals at most",
    "date_invalid": "日期无效,应如 2018-12-31 / not a date such as 2018-12-31",
    "place_missing": "新主体须有所在村 / a new subject needs its village",
    "place_unknown": "名册所辖区域内没有此地 / there is no such place in the roster's region",
    "place_outside": "不在名册所辖区域内 / outside the roster's region",
    "place_not_then": "设立当日尚无此村 / there was no such village on the day it was set up",
    "not_a_village": "须为村级区划代码 / the code must be that of a village",
    "registered_after": "登记日期晚于名册日期 / registered after the roster's as_of",
    "as_of_before_registration": "该主体登记于名册日期之后 / the subject was registered after the roster's as_of",
    "station_number_invalid": "站点编号须为1至64个字母、数字或 . _ - / 1 to 64 letters, digits or . _ -",
    "station_type_unknown": "无法识别的站点类型 / a type of station that is not known",
    "station_changed_later": "该站点在名册日期之后已有变更 / the station was changed after the roster's as_of",
    "number_of_other_kind": "此号码属于另一类主体 / this number belongs to a subject of another kind",
}  # fmt: skip

_HELD: Final = {
    "place_ambiguous": "地名有多处,请选定 / several places have this name; choose one",
    "registered_elsewhere": "已在您管辖范围之外登记 / registered outside your regions",
    "numbers_of_two": "两个号码分别属于两个已登记主体 / its numbers belong to two registered subjects",
    "id_card_registered": "该证件号码已登记在另一户下 / the ID number is registered for another household",
    "resembles_registered": "与已登记户同名、同村、同电话 / the name, village and phone of a registered one",
    "repeats_external_id": "编号与前面一行相同 / the number is that of an earlier row",
    "repeats_id_card": "证件号码与前面一行相同 / an earlier row has this ID number",
    "repeats_uscc": "信用代码与前面一行相同 / the credit code is that of an earlier row",
    "resembles_row": "与前面一行同名、同村、同电话 / name, village and phone are those of an earlier row",
    "repeats_subject": "前面一行已是同一主体 / an earlier row is about the same subject",
    "decided_same": "已决定:同一主体 / decided: the same subject",
    "registry_changed": "预览后登记信息有变,请再看 / the registry changed after the preview; please look again",
}

_NOTES: Final = {
    "without_id": "无证件号码,已按所述原因接受 / accepted without ID number, for the reason given",
    "disability_certificate": "以残疾人证号码接受 / accepted with a disability certificate number",
    "phone_unreadable": "电话无法识别,未采用 / the phone cannot be read and was left out",
    "income_rounded": "收入已四舍五入到分 / the income was rounded to fen",
    "persons_by_rows": "家庭人口与行数不符,以行数为准 / persons differ from the number of rows, which counts",
    "member_in_two": "有成员的证件号码也在另一户中 / a member's ID number is also in another household",
    "decided_different": "已决定:不同主体 / decided: another subject",
    "decided_by_external_id": "已决定:以编号为准 / decided: the one of its number in the register",
    "decided_by_id_card": "已决定:以证件号码为准 / decided: the one of its ID card",
}

MESSAGES: Final = {**_REFUSALS, **_HELD, **_NOTES}
"""Every reason in words, Chinese and English."""


def is_refusal(reason: Reason) -> bool:
    """Whether a row with this reason is invalid."""
    return reason.code in _REFUSALS
