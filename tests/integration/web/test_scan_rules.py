"""The phone judges as the service does: codes, cards and lists by the page's scripts, against the service's rules."""

import base64
import io
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageEnhance, ImageFilter
from playwright.async_api import Page

from services.codes.card import (
    CardKey,
    CardToken,
    MalformedToken,
    judge_token,
    read_scan,
    read_token,
    signed_part,
    write_token,
)
from services.codes.code import ALPHABET, Kind, MalformedCode, draw_code, parse_code
from services.codes.label import card_matrix, draw_png, label_matrix
from services.codes.revocation import DOMAIN, Delta, as_text, read_delta, write_delta
from services.codes.timeline import State
from services.web.assets import STATIC
from tests.browser import open_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = ("vendor/tweetnacl/nacl-fast.min.js", "scan/code.js", "scan/card.js", "scan/lists.js", "scan/work.js")
RANDOM = random.Random(20_200_210)  # noqa: S311 - the same cases each time
SECRET, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes(range(i, i + 32))) for i in (0, 1))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone() -> AsyncIterator[Page]:
    """An empty page that has learnt the rules."""
    async with open_browser() as browser:
        page = await browser.new_page()
        for path in RULES:
            await page.add_script_tag(path=STATIC / path)
        yield page


def spelled(code: str) -> str:
    """A code as a hand may write it, sometimes wrong."""
    letters = list(code)
    for _ in range(RANDOM.choice([0, 0, 1, 2])):
        place = RANDOM.randrange(len(letters))
        slips = [RANDOM.choice(ALPHABET + "OILU@é中𝐀"), "", letters[place] * 2, " ", "-", letters[place].lower()]
        letters[place] = RANDOM.choice([*slips, chr(ord(letters[place][:1] or "0") + 0xFEE0)])
    return "".join(letters)


def judged(text: str) -> tuple[str, str | None]:
    """The service's reading of a code: what it is, or what is wrong with it."""
    try:
        return parse_code(text), None
    except MalformedCode as error:
        return "", error.reason.value


async def test_codes_are_read_alike(phone: Page) -> None:
    """In any spelling, with any slip: the same code, or the same flaw."""
    texts = [spelled(draw_code(RANDOM.choice(list(Kind)))) for _ in range(3000)] + ["", " ", "h" * 65, "0" * 10]
    read = await phone.evaluate("texts => texts.map(text => OneCode.readCode(text))", texts)
    said = [("" if one["flaw"] else one["code"], one["flaw"]) for one in read]
    assert said == [judged(text) for text in texts]
    assert {flaw for _, flaw in said} == {None, "length", "kind", "alphabet", "check"}


def token(code: str, day: date, *, secret: Ed25519PrivateKey = SECRET, key_id: int = 1) -> str:
    card_no = RANDOM.randrange(1, 2**32)
    return write_token(CardToken(key_id, card_no, day, secret.sign(signed_part(code, key_id, card_no, day))))


def with_another_bit(text: str) -> str:
    place = RANDOM.randrange(len(text))
    return text[:place] + RANDOM.choice(ALPHABET.replace(text[place], "")) + text[place + 1 :]


def as_published(key: CardKey) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(key.public_key).decode().rstrip("=")
    ends = {"valid_to": key.valid_to and key.valid_to.isoformat(), "withdrawn_at": key.withdrawn_at and "2020-01-01"}
    return {"kid": str(key.key_id), "x": x, "valid_from": key.valid_from.isoformat(), **ends}


def service_says(code: str, text: str, keys: dict[int, CardKey]) -> str:
    try:
        return judge_token(code, read_token(text), keys).value
    except MalformedToken:
        return "bad_signature"


async def test_cards_are_judged_alike(phone: Page) -> None:
    """Good ones, of other codes, keys and days, withdrawn keys, and any character changed."""
    public = SECRET.public_key().public_bytes_raw()
    keys = {
        1: CardKey(1, public, date(2019, 1, 1), date(2022, 1, 1)),
        2: CardKey(2, public, date(2019, 1, 1), withdrawn_at=datetime(2020, 1, 1, tzinfo=UTC)),
    }
    shown = []
    for _ in range(30):
        code, other = draw_code(Kind.HOUSEHOLD), draw_code(Kind.HOUSEHOLD)
        day = date(RANDOM.randrange(2017, 2024), RANDOM.randrange(1, 13), RANDOM.randrange(1, 29))
        good = token(code, day, key_id=RANDOM.choice([1, 1, 2, 3]))
        shown += [(code, good), (other, good), (code, with_another_bit(good)), (code, good[:-1])]
        shown.append((code, token(code, day, secret=OTHER)))
    published = [as_published(key) for key in keys.values()]
    said = await phone.evaluate(
        "([shown, keys]) => shown.map(([code, token]) => OneCode.judgeToken(code, token, keys))", [shown, published]
    )
    assert said == [service_says(code, text, keys) for code, text in shown]
    assert set(said) == {"valid", "unknown_key", "key_withdrawn", "bad_signature"}


async def test_addresses_are_taken_apart_alike(phone: Page) -> None:
    """Of labels and cards, of any host, in any case; else it is a code by itself."""
    texts = [
        "HTTPS://ONECODE.EXAMPLE/C/HGP1XF3A71", "https://x/c/HGP1XF3A71/ABC", "http://x:80/C/HGP1XF3A71/ABC/",
        "https://x/c/HGP1XF3A71/ABC?d=1", " HGP1XF3A71 ", "ftp://x/c/HGP1XF3A71", "https://x/y/c/HGP1XF3A71",
    ]  # fmt: skip
    read = await phone.evaluate("texts => texts.map(text => OneCode.readScanned(text))", texts)
    for text, one in zip(texts, read, strict=True):
        code, card = read_scan(text)
        assert (one["flaw"], one["token"]) == (judged(code)[1], card and card.upper()), text


async def test_lists_are_read_and_laid_over_each_other_alike(phone: Page) -> None:
    """What the service wrote is what the phone reads; a list with another bit is not ours; a gap is noticed."""
    codes = {draw_code(kind): state for kind in Kind for state in State if state.value in {"suspended", "revoked"}}
    whole = Delta(0, 7, datetime(2020, 2, 10, tzinfo=UTC), "522701000000", codes, [1, 2**32 - 1], [2])
    back = next(iter(codes))
    later = Delta(7, 9, whole.at, whole.region, {back: State.IN_FORCE}, [77], [])
    gap = Delta(8, 9, whole.at, whole.region, {}, [78], [])
    key = as_published(CardKey(1, SECRET.public_key().public_bytes_raw(), date(2019, 1, 1)))
    signed = []
    for delta in (whole, later, gap):
        content = write_delta(delta, 1)
        signed.append(content + SECRET.sign(DOMAIN + content))
    assert read_delta(signed[0])[1] == whole
    broken = bytearray(signed[0])
    broken[30] ^= 1
    script = """([texts, broken, key]) => {
        const bytes = texts.map(OneCode.fromBase64), read = bytes.map(OneCode.readDelta);
        const bad = OneCode.fromBase64(broken), cut = bytes[0].subarray(0, bytes[0].length - 3);
        const first = OneCode.layOver(null, read[0]), second = OneCode.layOver(first, read[1]);
        return {
            first, second, again: OneCode.layOver(second, read[1]), gap: OneCode.layOver(first, read[2]),
            ours: bytes.map((one, i) => OneCode.isOurs(one, read[i], [key])),
            broken: OneCode.readDelta(bad) !== null && OneCode.isOurs(bad, OneCode.readDelta(bad), [key]),
            short: OneCode.readDelta(bytes[0].subarray(0, 83)), cut: OneCode.readDelta(cut)
        };
    }"""
    said = await phone.evaluate(script, [[as_text(one) for one in signed], as_text(bytes(broken)), key])
    assert said["first"]["codes"] == {code: state.value for code, state in codes.items()}
    assert (said["first"]["position"], said["first"]["region"]) == (7, whole.region)
    assert said["first"]["cards"] == {"1": True, str(2**32 - 1): True}
    assert said["first"]["keys"] == {"2": True}
    assert said["second"]["codes"] == {code: state.value for code, state in codes.items() if code != back}
    assert set(said["second"]["cards"]) == {"1", "77", str(2**32 - 1)}
    assert said["again"] == said["second"]
    assert (said["gap"], said["broken"], said["short"], said["cut"]) == (None, False, None, None)
    assert said["ours"] == [True] * 3


def photo_of(symbol: bytes) -> str:
    """A symbol in the middle of a photo as an old phone takes it in the evening: tilted, soft, grey and grainy."""
    drawn = Image.open(io.BytesIO(symbol)).convert("L").resize((440, 440))
    paper = Image.new("L", (900, 560), 235)
    paper.paste(drawn, (60, 60))
    photo = Image.new("L", (1600, 1200), 150)
    paper = paper.rotate(14, expand=True, fillcolor=150)
    photo.paste(paper, ((1600 - paper.width) // 2, (1200 - paper.height) // 2))
    photo = ImageEnhance.Contrast(photo.filter(ImageFilter.GaussianBlur(1.5))).enhance(0.6)
    grainy = Image.blend(photo, Image.effect_noise(photo.size, 60), 0.15)
    written = io.BytesIO()
    grainy.save(written, "JPEG", quality=70)
    return base64.b64encode(written.getvalue()).decode()


async def test_photos_of_labels_and_cards_are_read(phone: Page) -> None:
    """By the decoder that comes with the page, from photos that are none too good."""
    for path in ("vendor/jsqr/jsQR.js", "scan/reader.js"):
        await phone.add_script_tag(path=STATIC / path)
    code = draw_code(Kind.HOUSEHOLD)
    label = f"HTTPS://ONECODE.EXAMPLE/C/{code}"
    card = f"{label}/{token(code, date(2020, 1, 1))}"
    for address, symbol in ((label, draw_png(label_matrix(label))), (card, draw_png(card_matrix(card)))):
        script = """async photo => OneCode.readPhoto(
            new Blob([Uint8Array.from(atob(photo), letter => letter.charCodeAt(0))], { type: "image/jpeg" })
        )"""
        assert await phone.evaluate(script, photo_of(symbol)) == address


async def test_an_amount_is_offered_to_the_fen(phone: Page) -> None:
    """Quantity times unit price, halves away from zero; nothing where the product would not be exact."""
    pairs = [
        ("2.5", "50.40"),
        ("0.001", "0.50"),
        ("3", "0.01"),
        ("0.333", "9.99"),
        ("999999999", "99999999999"),
        ("x", "1"),
    ]
    said = await phone.evaluate("pairs => pairs.map(([quantity, price]) => OneCode.amountOf(quantity, price))", pairs)
    exact = [str((Decimal(q) * Decimal(p)).quantize(Decimal("0.01"), ROUND_HALF_UP)) for q, p in pairs[:4]]
    assert said == [*exact, None, None]
