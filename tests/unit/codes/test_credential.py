"""Credentials of devices."""

from services.codes.credential import (
    StationKey,
    draw_enrolment_code,
    read_credential,
    read_enrolment_code,
)


def test_an_enrolment_code_is_found_however_it_is_written() -> None:
    key = StationKey(b"k" * 32)
    code = draw_enrolment_code()
    spoken = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert key.enrolment_index(spoken) == key.enrolment_index(code)
    assert read_enrolment_code(spoken) == code.replace("-", "")
    assert StationKey(b"x" * 32).enrolment_index(code) != key.enrolment_index(code)


def test_a_devices_secret_depends_on_its_invitation_its_own_number_and_our_key() -> None:
    key = StationKey(b"k" * 32)
    secrets = {
        key.device_secret(1, "a" * 16),
        key.device_secret(2, "a" * 16),
        key.device_secret(1, "b" * 16),
        StationKey(b"x" * 32).device_secret(1, "a" * 16),
    }
    assert len(secrets) == 4
    assert key.device_secret(1, "a" * 16) in secrets


def test_what_is_no_credential_is_none() -> None:
    assert [read_credential(text) for text in ("", "D1", ":", "D1:", ":s")] == [None] * 5
    credential = read_credential(" D1:a:b ")
    assert credential is not None
    assert (credential.device, credential.secret) == ("D1", "a:b")
    assert "a:b" not in repr(credential)
