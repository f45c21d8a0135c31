"""Why a household has the income that it has."""

from datetime import date

from fastapi import APIRouter

from services.stats.explaining import code_of, explain_household
from services.stats.routes.parameters import CodeText, LedgerReader, MonthText, OfVintage, Stored
from services.stats.schemas.households import HouseholdIncomeOut

router = APIRouter()


@router.get("/explain/household")
async def get_household_income(
    caller: LedgerReader, database: Stored, code: CodeText, month: MonthText, vintage: OfVintage
) -> HouseholdIncomeOut:
    """Why a household has the income that it has: each line of a month with its basis, the group it came from, by
    which weights and ratio, and which payment replaced it.
    """
    return await explain_household(database, caller, code_of(code), date.fromisoformat(f"{month}-01"), vintage)
