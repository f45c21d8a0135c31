"""Print jobs: what is asked for is on the sheets, nothing else is, and what cannot be printed is named."""

from typing import Any

import httpx
import pypdfium2
import zxingcpp

from tests.integration.codes.conftest import OTHER_VILLAGE, QIANNAN, VILLAGE, Registry, group, household


def addresses(response: httpx.Response) -> list[str]:
    """What another decoder reads of the sheets at 200 dpi, in no particular order."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    pages = [page.render(scale=200 / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(response.content)]
    assert len(pages) == int(response.headers["onecode-sheets"])
    return sorted(symbol.text for page in pages for symbol in zxingcpp.read_barcodes(page))


def labels_of(*codes: str) -> list[str]:
    return sorted(f"HTTPS://ONECODE.EXAMPLE/C/{code}" for code in codes)


def text_of(response: httpx.Response) -> str:
    text: str = pypdfium2.PdfDocument(response.content)[0].get_textpage().get_text_bounded()
    return text


async def test_a_village_gets_the_labels_of_its_codes_in_force(registry: Registry) -> None:
    one, other, suspended = [(await registry.register())["code"] for _ in range(3)]
    await registry.register(household(region=OTHER_VILLAGE))
    await registry.post(f"/v1/codes/{suspended}/suspend", {"reason": "核查"})
    response = await registry.get("/v1/labels.pdf", region=VILLAGE)
    assert addresses(response) == labels_of(one, other)
    assert response.headers["onecode-missing-characters"] == ""
    assert "都匀市" in text_of(response)


async def test_nothing_on_a_label_says_who_lives_there_or_how(registry: Registry) -> None:
    """A household's label has the words of every other household's, poor or not."""
    texts = []
    for status in ("registered", "other"):
        said = household(name="蒙阿妹", status=status)
        code = (await registry.register(said))["code"]
        response = await registry.get("/v1/labels.pdf", codes=code)
        text = text_of(response)
        texts.append("".join(text.split()).replace(code, ""))  # where a reader sees gaps depends on the code's letters
        assert not [word for word in ("蒙阿妹", said["id_card"], "贫") if word in text]
    assert texts[0] == texts[1]


async def test_a_cooperative_prints_its_own_label_many_times_and_its_members_once(registry: Registry) -> None:
    cooperative = (await registry.register(group(name="都匀毛尖合作社")))["code"]
    member = (await registry.register())["code"]
    await registry.register()
    link = {"member": member, "group": cooperative, "weight": 1, "valid_from": "2019-01-01"}
    assert (await registry.post("/v1/links", link)).status_code == 201
    own = await registry.get("/v1/labels.pdf", codes=cooperative, copies=25)
    assert addresses(own) == labels_of(*[cooperative] * 25)
    assert "都匀毛尖合作社" in text_of(own)
    assert addresses(await registry.get("/v1/labels.pdf", group=cooperative)) == labels_of(member)


async def test_a_list_is_printed_as_it_stands_or_names_what_it_cannot_print(registry: Registry) -> None:
    one, other = [(await registry.register())["code"] for _ in range(2)]
    listed = await registry.post("/v1/labels.pdf", {"codes": [other, one.lower(), other]})
    assert addresses(listed) == labels_of(one, other, other)
    await registry.post(f"/v1/codes/{other}/revoke", {"reason": "注销"})
    refused = await registry.post("/v1/labels.pdf", {"codes": [one, other]})
    assert (refused.status_code, refused.json()["codes"]) == (409, [other])
    malformed = await registry.post("/v1/labels.pdf", {"codes": ["HGP1XF3A72"]})
    assert malformed.json()["code"] == "malformed_code"


async def test_what_one_document_does_not_hold_comes_in_the_next(registry: Registry) -> None:
    """With 2,400 copies of each, a document of 4,800 labels holds two codes."""
    codes = sorted([(await registry.register())["code"] for _ in range(3)])
    query: dict[str, Any] = {"region": VILLAGE, "copies": 2_400}
    first = await registry.get("/v1/labels.pdf", **query)
    assert (first.headers["onecode-sheets"], first.headers["onecode-next"]) == ("200", codes[1])
    second = await registry.get("/v1/labels.pdf", **query, after=codes[1])
    assert second.headers["onecode-sheets"] == "100"
    assert "onecode-next" not in second.headers


async def test_a_name_with_a_character_that_the_font_lacks_is_reported(registry: Registry) -> None:
    code = (await registry.register(group(name="𪚥龙合作社")))["code"]
    response = await registry.get("/v1/labels.pdf", codes=code)
    assert response.headers["onecode-missing-characters"] == "%F0%AA%9A%A5"
    assert "□龙合作社" in text_of(response)


async def test_cards_are_printed_once_they_are_issued(registry: Registry) -> None:
    codes = [(await registry.register())["code"] for _ in range(2)]
    refused = await registry.get("/v1/cards.pdf", scope="registry:write", region=VILLAGE)
    assert (refused.status_code, sorted(refused.json()["codes"])) == (409, sorted(codes))
    await registry.post("/v1/cards", {"region": QIANNAN})
    issued = [(await registry.post(f"/v1/codes/{code}/cards", {})).json()["address"] for code in codes]
    printed = await registry.get("/v1/cards.pdf", scope="registry:write", region=VILLAGE)
    assert addresses(printed) == sorted(issued)
    listed = await registry.post("/v1/cards.pdf", {"codes": codes, "skip": 9})
    assert (addresses(listed), listed.headers["onecode-sheets"]) == (sorted(issued), "2")


async def test_sheets_are_for_those_who_may_and_within_their_regions(registry: Registry) -> None:
    await registry.register()
    guiyang = ("520100000000",)
    assert (await registry.get("/v1/labels.pdf", scope=None, region=VILLAGE)).status_code == 401
    assert (await registry.get("/v1/cards.pdf", region=VILLAGE)).status_code == 403, "a reader signs no cards"
    outside = await registry.get("/v1/labels.pdf", regions=guiyang, region=VILLAGE)
    assert outside.json()["code"] == "region_not_allowed"
    empty = await registry.get("/v1/labels.pdf", regions=guiyang, region=guiyang[0])
    assert (empty.status_code, empty.json()["code"]) == (404, "nothing_to_print")
    assert (await registry.get("/v1/labels.pdf")).json()["code"] == "selection_unclear"
