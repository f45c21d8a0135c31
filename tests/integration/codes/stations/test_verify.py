"""``onecode verify`` finds a scan whose void is not what it says."""

import asyncpg

from services.codes.verify import checks
from tests.integration.codes.stations.conftest import Station, purchase, scan


async def findings(station: Station) -> list[str]:
    """What is wrong with scans."""
    async with station.registry.database.snapshot() as connection:
        (check,) = [one for one in await checks(connection) if "scans" in one.name]
    assert check.checked == 3
    return sorted(one["finding"] for one in check.differences)


async def test_tampering_with_scans_is_found(station: Station, registry_url: str) -> None:
    bought = purchase(station.code)
    await station.report(bought, scan(station.code), scan(None, purpose="void", voids={"scan_id": bought["scan_id"]}))
    assert await findings(station) == []
    superuser = await asyncpg.connect(registry_url)
    try:
        await superuser.execute("UPDATE codes.scan_records SET superseded_in = recorded_in WHERE purpose = 'verify'")
        assert await findings(station) == ["superseded without a void"]
        await superuser.execute("UPDATE codes.scan_records SET superseded_in = NULL, business_day = business_day - 1")
        assert await findings(station) == ["on another day"] * 3 + ["voids nothing"]
    finally:
        await superuser.close()


async def test_the_services_own_role_can_neither_edit_nor_delete_a_scan(station: Station, registry_url: str) -> None:
    """Rows of record: but for the mark that a void sets, grants allow nothing."""
    await station.report(purchase(station.code))
    superuser = await asyncpg.connect(registry_url)
    try:
        await superuser.execute("SET ROLE onecode_codes_login")
        refused = []
        for statement in (
            "UPDATE codes.scan_records SET amount_paid_fen = 1",
            "UPDATE codes.scan_records SET scan_id = 'x'",
            "DELETE FROM codes.scan_records",
            "DELETE FROM codes.pin_attempts",
            "UPDATE codes.statement_grants SET expires_at = now()",
        ):
            try:
                await superuser.execute(statement)
            except asyncpg.InsufficientPrivilegeError:
                refused.append(statement)
        assert len(refused) == 5
    finally:
        await superuser.close()
