"""``docs/api/receipts.md`` is true: its vectors are recomputed by the code and, where we can, by somebody else's."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

from services.kit.secrets import write_secret
from services.sales.line import judge_line, judge_order
from services.sales.parts import Holder, divide, in_tie_order
from services.sales.receipt import SECRET, ReceiptSigner, batch_digest
from services.sales.refund import DateBasis, judge_refund
from services.sales.wire import Order, Refund

PAGE = (Path(__file__).parents[3] / "docs" / "api" / "receipts.md").read_text()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def vectors(name: str) -> Any:
    """The JSON block that the page marks with this name."""
    match = re.search(rf"<!-- vectors: {name} -->\n```json\n(.*?)\n```", PAGE, re.DOTALL)
    assert match is not None
    return json.loads(match[1])


def hash_of(canonical: str) -> str:
    """The content hash as the page defines it."""
    return "01" + hashlib.blake2b(canonical.replace("|", "\x1f").encode(), digest_size=16).hexdigest()


@pytest.mark.parametrize("vector", vectors("lines"), ids=lambda vector: vector["order"]["order_no"])
def test_content_hash_of_a_line(vector: dict[str, Any]) -> None:
    """By the page's own words, and by the code."""
    order = msgspec.convert(vector["order"], Order)
    judged = judge_line(judge_order(order, NOW), order.lines[0], {"tea", "other"})
    assert judged.content_hash.hex() == vector["content_hash"] == hash_of(vector["canonical"])


@pytest.mark.parametrize("vector", vectors("refunds"), ids=lambda vector: vector["refund"]["refund_no"])
def test_content_hash_of_a_refund(vector: dict[str, Any]) -> None:
    """By the page's own words, and by the code."""
    judged = judge_refund(msgspec.convert(vector["refund"], Refund), NOW, DateBasis(vector["date_basis"]))
    assert judged.content_hash.hex() == vector["content_hash"] == hash_of(vector["canonical"])


@pytest.mark.parametrize("vector", vectors("parts"), ids=lambda vector: vector["key"][2])
def test_parts_of_a_shared_line(vector: dict[str, Any]) -> None:
    """By the code, and by fractions and digests as the page's words have them."""
    codes = vector["codes"]
    order_no, platform, line_no = vector["key"]
    holders = [Holder(code, 0, "household", "522701102201", weight) for code, weight in codes.items()]
    holding = in_tie_order(order_no, platform, line_no, holders)
    for left, parts in ((int(left), parts) for left, parts in vector["left"].items()):
        assert dict(zip([holder.code for holder in holding], divide(left, holding), strict=True)) == parts
        exact = {code: Fraction(left * weight, sum(codes.values())) for code, weight in codes.items()}
        floors = {code: int(share) for code, share in exact.items()}
        ties = {code: hashlib.sha256("|".join((*vector["key"], code)).encode()).hexdigest() for code in codes}
        by_remainder = sorted(codes, key=lambda code: (floors[code] - exact[code], ties[code]))
        favoured = by_remainder[: left - sum(floors.values())]
        assert parts == {code: floor + (code in favoured) for code, floor in floors.items()}


def test_digest_of_a_batch() -> None:
    """By the page's own words, and by the code."""
    vector = vectors("digest")
    text = "".join(
        "\x1f".join("" if field is None else str(field) for field in result) + "\n" for result in vector["results"]
    )
    assert hashlib.sha256(text.encode()).hexdigest() == vector["sha256"]
    assert batch_digest([tuple(result) for result in vector["results"]]).hex() == vector["sha256"]


def test_digest_depends_on_every_field_and_on_the_order() -> None:
    """Nothing can be left out, added, moved or altered unnoticed."""
    results = [tuple(result) for result in vectors("digest")["results"]]
    digests = {batch_digest(results), batch_digest(results[::-1]), batch_digest(results[:-1]), batch_digest([])}
    for place in range(5):
        changed = list(results[0])
        changed[place] = 1 if place == 4 else "x"
        digests.add(batch_digest([tuple(changed), *results[1:]]))
    assert len(digests) == 9


@pytest.fixture
def signer(tmp_path: Path) -> ReceiptSigner:
    """With the page's key."""
    write_secret(tmp_path, SECRET, vectors("receipt")["private_key"])
    return ReceiptSigner(tmp_path)


def verify(receipt: str, keys: dict[str, Any]) -> Any:
    """As a platform would: by the key that the header names."""
    header = jwt.get_unverified_header(receipt)
    (key,) = [key for key in keys["keys"] if key["kid"] == header["kid"]]
    assert (header["alg"], header["typ"]) == ("EdDSA", "receipt+jwt")
    return jwt.decode(receipt, jwt.PyJWK(key), algorithms=["EdDSA"])


def test_a_receipt_is_checked_with_the_published_key(signer: ReceiptSigner) -> None:
    """The page's receipt, and one that is signed now."""
    vector = vectors("receipt")
    assert signer.public_keys() == vector["public_keys"]
    assert verify(vector["jws"], vector["public_keys"]) == vector["payload"]
    assert verify(signer.sign(vector["payload"]), signer.public_keys()) == vector["payload"]
    assert signer.sign(vector["payload"]) == vector["jws"]  # to the letter: asked again, a batch has the same receipt


def test_an_altered_receipt_is_found_out() -> None:
    """One fen more, signed by nobody."""
    vector = vectors("receipt")
    header, _, signature = vector["jws"].split(".")
    forged = {**vector["payload"], "amounts": {"accepted": "37.01", "parked": "0.50"}}
    payload = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    with pytest.raises(jwt.InvalidSignatureError):
        verify(f"{header}.{payload}.{signature}", vector["public_keys"])


def test_the_key_is_drawn_once_and_kept_secret(tmp_path: Path) -> None:
    """After a restart the same key signs; another installation has another."""
    first, again = ReceiptSigner(tmp_path / "a"), ReceiptSigner(tmp_path / "a")
    assert first.key_id == again.key_id != ReceiptSigner(tmp_path / "b").key_id
    assert (tmp_path / "a" / SECRET).stat().st_mode & 0o777 == 0o600
    assert "d" not in first.public_keys()["keys"][0]
