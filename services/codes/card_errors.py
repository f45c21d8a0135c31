"""What can go wrong with cards, their keys, and what is to be printed, as callers are told."""

from collections.abc import Sequence

from services.kit.errors import Conflict, InvalidInput, NotFound, Unavailable


class UnknownCard(NotFound):
    """The code never had a card of this number."""

    code, title = "unknown_card", "未知卡片 / Unknown card"

    def __init__(self) -> None:
        super().__init__("此识别码没有该卡号的卡片 / This code never had a card of this number")


class CodeNotInForce(Conflict):
    """Cards are issued for codes in force."""

    code, title = "code_not_in_force", "识别码未生效 / The code is not in force"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            "所列识别码未生效、已暂停或已吊销,或不在您的管辖范围 / The codes listed are not in force, or outside your "
            "regions",
            codes=list(codes),
        )


class WithoutCard(Conflict):
    """What has no card cannot be printed as one."""

    code, title = "without_card", "尚未发卡 / No card yet"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(
            "所列识别码尚未发卡,请先 POST /v1/cards / The codes listed have no card yet; issue cards with "
            "POST /v1/cards",
            codes=list(codes),
        )


class NothingToPrint(NotFound):
    """The selection is empty."""

    code, title = "nothing_to_print", "没有可打印的内容 / Nothing to print"

    def __init__(self) -> None:
        super().__init__("所选范围内没有生效的识别码 / No code in force is selected")


class SelectionUnclear(InvalidInput):
    """Exactly one of region, group, roster and codes says what is meant."""

    code, title = "selection_unclear", "请选定范围 / Say which codes"

    def __init__(self) -> None:
        super().__init__("region、group、roster、codes 须且只能给出一项 / Give one of region, group, roster and codes")


class RegionNeeded(InvalidInput):
    """The caller sees several trees; the list is of one."""

    code, title = "region_needed", "请注明区划 / Name a region"

    def __init__(self) -> None:
        super().__init__("请在 region 中给出一个区划代码 / Name one division in `region`")


class PositionAhead(InvalidInput):
    """``since`` is a position that the feed has not reached."""

    code, title = "position_ahead", "位次超前 / Position ahead of the feed"

    def __init__(self, upto: int) -> None:
        super().__init__(
            "since 超过最新位次;如数据库已恢复到较早时点,请以 since=0 重新取得全部 / `since` is ahead of the feed; if "
            "the database was restored to an earlier time, fetch everything again with since=0",
            position=upto,
        )


class UnknownCardKey(NotFound):
    """No card key of this id."""

    code, title = "unknown_card_key", "未知密钥 / Unknown key"

    def __init__(self) -> None:
        super().__init__("没有此编号的卡片密钥 / There is no card key of this id")


class NoCardKey(Unavailable):
    """No key signs cards at present: it was withdrawn, or its secret is missing or another than was published."""

    code, title = "no_card_key", "没有可用的卡片密钥 / No card key"

    def __init__(self) -> None:
        super().__init__(
            "没有可用的卡片密钥:请运行 onecode cards new-key,或将密钥文件放入密钥目录 / No key signs cards at present: "
            "run `onecode cards new-key`, or put the secret file into the secrets folder",
            retry_after_seconds=60,
        )


class CompromisedInFuture(InvalidInput):
    """``compromised_at`` has not come yet."""

    code, title = "compromised_in_future", "泄露时间在未来 / Compromised in the future"

    def __init__(self) -> None:
        super().__init__("compromised_at 不得晚于现在 / compromised_at must not be later than now")


class SecretGone(Conflict):
    """The card was signed with a key whose private half is kept no more."""

    code, title = "secret_gone", "密钥已销毁 / The key is gone"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            "签发此卡的密钥已不在本机,无法重印;请补发新卡 / The key that signed this card is not here any more, so it "
            "cannot be printed again; issue another card",
            key_id=key_id,
        )
