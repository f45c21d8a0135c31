"""A thousand people who do not exist, and a search for any of them in whatever somebody else may see.

Their given names are two characters of two short lists, so that one pattern finds all of them, whole or without their
surname; what is found is looked up, so that chance finds nothing.
"""

import io
import re
from dataclasses import dataclass
from typing import Final

import pypdfium2

from services.demo.identities import IdCards

SURNAME: Final = "蒙"
_FIRST: Final = "璟琮珩瑾瑜璋琛玥珺琬琰瑗璐琦瑄珞玚珏琚珣璇琨瑀瑛璠珵琤玮珂琪瑶璃琯"
_SECOND: Final = "霂霁雱霏霈霖霄霓霆震雯霙霰霭霂雳霨霦霬露霞霜雪雷雾雩雨霍靖靓静靛"
_NAME: Final = re.compile(f"[{_FIRST}][{_SECOND}]")
_PHONES_BEGIN: Final = "1665"
_CARDS_BEGIN: Final = "522700"
_NUMBER: Final = re.compile(f"(?=({_PHONES_BEGIN}[0-9]{{7}}|{_CARDS_BEGIN}[0-9]{{11}}))")
"""Phones, and ID-card numbers without their check character, wherever they begin in a run of digits."""
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-f]{2}){6,}")


@dataclass(frozen=True)
class Person:
    """Somebody who must not be found."""

    name: str
    id_card: str
    phone: str


def thousand_people(village: str) -> list[Person]:
    """A thousand, each with a name, a number and a phone of his own."""
    cards = IdCards()
    names = [first + second for first in _FIRST for second in dict.fromkeys(_SECOND)][:1000]
    return [
        Person(SURNAME + name, cards.issue(village), f"{_PHONES_BEGIN}{number:07}")
        for number, name in enumerate(names, 1234567)
    ]


class Search:
    """Finds people in texts, documents and dumps."""

    def __init__(self, people: list[Person]) -> None:
        self._names = {person.name[1:] for person in people}
        self._numbers = {number for person in people for number in (person.id_card[:17], person.phone)}

    def found_in(self, content: bytes) -> set[str]:
        """Names, ID-card numbers and phones in an answer: as text in UTF-8, GB18030 or UTF-16, or in a PDF."""
        if content.startswith(b"%PDF"):
            pages = pypdfium2.PdfDocument(io.BytesIO(content))
            return self.found_in_text("".join(page.get_textpage().get_text_bounded() for page in pages))
        found = self.found_in_text(content.decode(errors="ignore"))
        for encoding in ("gb18030", "utf-16-le"):
            # Text of another encoding reads as any two characters; with the surname before them it is no chance.
            read = content.decode(encoding, "ignore")
            found |= {name for name in self.found_in_text(read) if name.isascii() or SURNAME + name in read}
        return found

    def found_in_dump(self, dump: str) -> set[str]:
        """The same in a dump, whose binary columns are hexadecimal."""
        binary = b"\n".join(bytes.fromhex(part) for part in _HEXADECIMAL.findall(dump))
        return self.found_in_text(dump) | self.found_in(binary)

    def found_in_text(self, text: str) -> set[str]:
        """Names (or given names), ID-card numbers (without their check character) and phones in a text."""
        return (set(_NAME.findall(text)) & self._names) | (set(_NUMBER.findall(text)) & self._numbers)
