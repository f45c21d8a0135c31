"""Person data leaves the service only for those who may see it, and rests where nobody can read it."""

import pytest
from sqlalchemy import text

from services.codes.privacy import PersonKeys
from services.codes.purpose import Purpose
from services.codes.queries.batches import say_purpose
from tests.integration.codes.conftest import Registry, group, household


async def test_no_table_holds_a_readable_name_number_or_phone(registry: Registry) -> None:
    bodies = [household(name=f"韦秘密{i}", phone=f"1380000{i:04}", external_id=f"户编号{i}") for i in range(50)]
    await registry.post("/v1/subjects", {"subjects": bodies})
    secrets = [str(body[field]) for body in bodies for field in ("name", "id_card", "phone", "external_id")]
    tables = await registry.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'codes'")
    dump = ""
    async with registry.database.transaction() as connection:
        await say_purpose(connection, Purpose.READING)
        for (table,) in tables:
            rows = await connection.execute(text(f"SELECT row.*::text FROM codes.{table} AS row"))
            dump += "\n".join(row[0] for row in rows)
    dump += "".join(bytes.fromhex(part).decode("utf-8", "replace") for part in _hexadecimal(dump))
    assert "register_subjects" in dump
    assert [secret for secret in secrets if secret in dump] == []


def _hexadecimal(dump: str) -> list[str]:
    """The contents of bytea columns, which a dump writes as hexadecimal."""
    parts = [part.split('"')[0] for part in dump.split("\\\\x")[1:]]
    assert len(parts) > 100
    return parts


async def test_a_household_is_masked_for_those_who_need_not_know(registry: Registry) -> None:
    body = household(name="罗德明", phone="13800000000")
    subject_id = (await registry.register(body))["subject_id"]
    response = await registry.get(f"/v1/subjects/{subject_id}")
    assert response.json() == {
        "subject_id": subject_id,
        "code": response.json()["code"],
        "kind": "household",
        "region": body["region"],
        "name": "罗**",
        "registered_on": "2018-12-31",
        "status": "registered",
        "persons": 4,
        "baseline_income": "3120.00",
        "baseline_year": 2018,
    }
    listed = await registry.get("/v1/subjects")
    for body_text in (response.text, listed.text):
        assert all(secret not in body_text for secret in ("德明", body["id_card"], "13800000000"))


async def test_who_holds_the_scope_sees_the_person(registry: Registry) -> None:
    body = household(name="罗德明", phone="13800000000")
    subject_id = (await registry.register(body))["subject_id"]
    answer = (await registry.get(f"/v1/subjects/{subject_id}", scope="registry:read codes:person")).json()
    assert (answer["name"], answer["id_card"], answer["phone"]) == ("罗德明", body["id_card"], "13800000000")


async def test_names_of_organisations_are_public(registry: Registry) -> None:
    subject_id = (await registry.register(group(name="都匀毛尖合作社", uscc="91110000600037341L")))["subject_id"]
    answer = (await registry.get(f"/v1/subjects/{subject_id}")).json()
    assert (answer["name"], answer["uscc"], answer["members_bp"]) == ("都匀毛尖合作社", "91110000600037341L", 10000)


async def test_neither_log_nor_refusal_repeats_person_data(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    body = household(name="罗德明", phone="13800000000")
    answers = [
        await registry.post("/v1/subjects", body),
        await registry.post("/v1/subjects", body | {"persons": 5}),
        await registry.post("/v1/subjects", body | {"persons": 0}),
        await registry.post("/v1/subjects", {"subjects": [body | {"id_card": body["id_card"] + "7"}]}),
        await registry.post("/v1/subjects", body | {"region": 1}),
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 422, 200, 422]
    said = "".join(answer.text for answer in answers) + "".join(capsys.readouterr())
    assert "/v1/subjects" in said
    assert all(secret not in said for secret in ("罗德明", body["id_card"], "13800000000"))


async def test_another_start_reads_what_an_earlier_one_wrote(registry: Registry) -> None:
    subject_id = (await registry.register(household(name="罗德明")))["subject_id"]
    registry.app.state.person_keys = PersonKeys.from_secrets(registry.secrets_dir)
    answer = (await registry.get(f"/v1/subjects/{subject_id}", scope="registry:read codes:person")).json()
    assert answer["name"] == "罗德明"
