"""Reporting units: the plan's ten partition the province."""

from collections import Counter

import pytest

from services.codes.divisions import Division, Level, full_name, parent_code_of, read_divisions
from services.codes.reporting_units import assign_villages, read_reporting_units


@pytest.fixture(scope="module")
def guizhou() -> tuple[Division, ...]:
    return read_divisions()


def test_the_ten_units_partition_the_provinces_villages(guizhou: tuple[Division, ...]) -> None:
    """Each of the 17,964 villages is in exactly one unit, and every unit has villages."""
    units = read_reporting_units()
    sizes = Counter(assign_villages(units, guizhou).values())
    assert len(units) == 10
    assert sizes.keys() == {unit.code for unit in units}
    assert sizes.total() == 17_964


def test_every_division_a_unit_names_exists_and_is_named_once(guizhou: tuple[Division, ...]) -> None:
    named = [division for unit in read_reporting_units() for division in unit.divisions]
    assert len(set(named)) == len(named)
    assert set(named) <= {division.code for division in guizhou}


def test_guian_is_two_townships_two_towns_and_seven_villages(guizhou: tuple[Division, ...]) -> None:
    """Cut out of Guiyang and Anshun only; its villages are missing there and nowhere else."""
    by_code = {division.code: division for division in guizhou}
    assigned = assign_villages(read_reporting_units(), guizhou)
    guian = [code for code, unit in assigned.items() if unit == "guian"]
    by_township = Counter(by_code[parent_code_of(code, Level.TOWNSHIP)].name for code in guian)
    assert by_township == {"党武街道": 19, "湖潮苗族布依族乡": 14, "高峰镇": 21, "马场镇": 31, "红枫湖镇": 7}
    assert {full_name(parent_code_of(code, Level.PREFECTURE), by_code) for code in guian} == {
        "贵州省贵阳市",
        "贵州省安顺市",
    }
    for unit in read_reporting_units():
        if unit.code != "guian":
            (prefecture,) = unit.divisions
            assert {parent_code_of(code, Level.PREFECTURE) for code, of in assigned.items() if of == unit.code} == {
                prefecture
            }


def test_a_village_that_no_unit_names_is_not_passed_over() -> None:
    beijing = Division("110101001001", "多福巷社区居委会", Level.VILLAGE, "110101001000")
    with pytest.raises(ValueError, match="110101001001"):
        assign_villages(read_reporting_units(), [beijing])
