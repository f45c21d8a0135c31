"""What can go wrong when a subject is looked for, changes, divides, joins another or moves, as callers are told."""

from collections.abc import Sequence
from datetime import date, datetime

from services.kit.clock import SHANGHAI
from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound


class NotAHousehold(InvalidInput):
    """Only households divide, join each other, and have a head."""

    code, title = "not_a_household", "不是农户 / Not a household"

    def __init__(self) -> None:
        super().__init__("此操作只适用于农户 / Only households can do this")


class InFuture(InvalidInput):
    """What is recorded has happened."""

    code, title = "day_in_future", "日期在未来 / A day in the future"

    def __init__(self) -> None:
        super().__init__("日期不得晚于今天(北京时间) / The day must not be later than today (UTC+8)")


class NotThereThen(InvalidInput):
    """The subject did not exist, or no longer did, on that day; ``subject_id`` names it."""

    code, title = "not_there_then", "当日不存在 / Not there on that day"

    def __init__(self, subject_id: int, first: date, past: date | None) -> None:
        super().__init__(
            "该日期须在主体登记之后、并入他户之前 / The day must lie after the subject's registration, and before it "
            "joined another: see first and past",
            subject_id=str(subject_id),
            first=first.isoformat(),
            past=None if past is None else past.isoformat(),
        )


class DividedLater(Conflict):
    """One of the households divided, or joined another, on a later day; ``on`` and ``kind`` say when and how."""

    code, title = "divided_later", "其后已有分户或并户 / Divided or joined later"

    def __init__(self, on: date, kind: str) -> None:
        super().__init__(
            "其中一户在该日之后已有分户或并户,不能再在其前分并 / One of the households divided, or joined another, "
            "after that day; what comes before that cannot be divided or joined any more",
            on=on.isoformat(),
            kind=kind,
        )


class PersonsNotConserved(InvalidInput):
    """The successors' persons must be those of the household on that day: ``persons``."""

    code, title = "persons_not_conserved", "人口不守恒 / Persons do not add up"

    def __init__(self, persons: int, declared: int) -> None:
        super().__init__(
            f"各户人口之和为 {declared},当日人口为 {persons};请先更正或变更人口 / the parts have {declared} persons, "
            f"the household had {persons} on that day; correct or change that first",
            persons=persons,
            declared=declared,
        )


class LaterCountTooSmall(Conflict):
    """A count of ``persons`` of a later day (``on``) cannot have included the parts that had left."""

    code, title = "later_count_too_small", "其后的人口数小于分出人口 / A later count is too small"

    def __init__(self, on: date, persons: int, others: int) -> None:
        super().__init__(
            f"{on.isoformat()} 登记的人口为 {persons},不可能包括分出的 {others} 人;如该数只计留户一方,请注明 "
            f"later_counts=as_lived / the {persons} persons registered for {on.isoformat()} cannot include the "
            f"{others} who had left; if only those who stayed were counted, say later_counts=as_lived",
            on=on.isoformat(),
            persons=persons,
        )


class WeightsNotConserved(InvalidInput):
    """The weights of a divided link must sum to ``total``: what it was, or what the request says it becomes."""

    code, title = "weights_not_conserved", "权重不守恒 / Weights do not add up"

    def __init__(self, link_id: int, total: int, declared: int) -> None:
        super().__init__(
            f"联结 {link_id} 的权重之和为 {declared},应为 {total} / the weights of link {link_id} sum to {declared}, "
            f"and should sum to {total}; if the whole changes, say so by new_total",
            link_id=str(link_id),
            total=total,
            declared=declared,
        )


class NotItsLink(InvalidInput):
    """A link to be divided is none of the household's, or is over by that day."""

    code, title = "not_its_link", "不是该户的联结 / Not a link of the household"

    def __init__(self, link_ids: Sequence[int]) -> None:
        super().__init__(
            "所列联结不属于该户,或当日已终止 / The links listed are not the household's, or are over by that day",
            link_ids=[str(one) for one in link_ids],
        )


class UnknownOperation(NotFound):
    """There is no such operation on this subject; its history lists them."""

    code, title = "unknown_operation", "没有此操作 / No such operation"

    def __init__(self) -> None:
        super().__init__("该主体没有此操作,见其变迁(history) / The subject has no such operation; see its history")


class NotToBeUndone(InvalidInput):
    """Only splits and merges are undone; what else was recorded wrongly is corrected by another of its kind."""

    code, title = "not_to_be_undone", "此类操作不能撤销 / Not to be undone"

    def __init__(self, operation: str) -> None:
        super().__init__(
            "只有分户和并户可以撤销;其他误录请以更正(revise)、再次搬迁等改正 / Only a split or a merge is undone; "
            "correct another by a correction, another move and so on",
            operation=operation,
        )


class DependedOn(Conflict):
    """Something was recorded since of a household that the operation concerned: ``later`` lists what, and when."""

    code, title = "depended_on", "其后已有记录 / Something was recorded since"

    def __init__(self, later: Sequence[tuple[int, str, datetime]]) -> None:
        super().__init__(
            "其后对有关农户已有其他记录(later),不能再撤销;如为分户或并户可先撤销该项,否则请另行分户或并户 / What is "
            "listed in later was recorded since of the households concerned. Undo that first if it is a split or a "
            "merge; else divide or join them anew",
            later=[
                {
                    "operation_id": str(batch_id),
                    "operation": operation,
                    "recorded_at": recorded_at.astimezone(SHANGHAI).isoformat(),
                }
                for batch_id, operation, recorded_at in later
            ],
        )


class NumberTaken(Conflict):
    """A number of one of the parts leads to another subject."""

    code, title = "number_taken", "号码已登记 / The number is taken"

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(
            "所列号码已属于另一主体;未作任何更改 / The numbers listed lead to another subject; nothing was changed",
            fields=list(fields),
        )


class NothingIsSaid(InvalidInput):
    """The request changes no field, or one that this kind of subject does not have."""

    code, title = "nothing_is_said", "没有可变更的内容 / Nothing to change"

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__(
            "没有给出内容,或所列字段不适用于此类主体 / Nothing is said, or the fields listed are not this kind's",
            fields=list(fields),
        )


class PersonScopeNeeded(NotAllowed):
    """Who looks for a person by name, number or phone must be allowed to see persons."""

    code, title = "person_scope_needed", "须有 codes:person 权限 / codes:person is needed"

    def __init__(self) -> None:
        super().__init__(
            "按姓名、证件号码或电话查找农户须有 codes:person / Finding a household by person needs codes:person"
        )


class TooWideASearch(InvalidInput):
    """Names are encrypted: they are looked for in a township or a village, and among groups by their kind."""

    code, title = "search_too_wide", "查找范围过大 / The search is too wide"

    def __init__(self) -> None:
        super().__init__(
            "请给出编号、识别码或证件号码;按姓名或电话查找农户须给出乡或村,查找合作社或企业须给出 kind / give a number "
            "or a code; by name or phone, households are found within a township or village, groups by their kind"
        )
