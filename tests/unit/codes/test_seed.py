"""Which reporting unit a village belongs to, and when."""

from datetime import date

from services.codes.divisions import Division, Level
from services.codes.reporting_units import ReportingUnit
from services.codes.seed import ALWAYS, dated_memberships

OLD_VILLAGE, NEW_VILLAGE = "520111012201", "520111012202"


def test_a_unit_that_begins_later_takes_its_villages_out_of_those_before() -> None:
    units = (
        ReportingUnit("guiyang", "贵阳市", "Guiyang", ("520100000000",), None),
        ReportingUnit("guian", "贵安新区", "Gui'an New Area", (NEW_VILLAGE,), date(2014, 1, 6)),
    )
    villages = tuple(Division(code, "村", Level.VILLAGE, "520111012000") for code in (OLD_VILLAGE, NEW_VILLAGE))
    assert dated_memberships(units, villages) == [
        (OLD_VILLAGE, "guiyang", ALWAYS, None),
        (NEW_VILLAGE, "guiyang", ALWAYS, date(2014, 1, 6)),
        (NEW_VILLAGE, "guian", date(2014, 1, 6), None),
    ]
