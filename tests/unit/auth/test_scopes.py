"""Scopes: known words, once each, in one order."""

import pytest

from services.auth.access_tokens import narrow_scope
from services.auth.errors import InvalidScope
from services.auth.scopes import SCOPES, UnknownScope, parse_scope


def test_every_scope_is_explained_in_both_languages() -> None:
    """A sentence in Chinese and one in English, each."""
    for sentence in SCOPES.values():
        chinese, english = sentence.split(" / ")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
        assert english.isascii()


def test_order_and_repetition_do_not_matter() -> None:
    """The same set of scopes is the same scope."""
    assert parse_scope("stats:read  clients:write stats:read") == parse_scope("clients:write stats:read")
    assert parse_scope("") == ()
    with pytest.raises(UnknownScope, match="stats:write"):
        parse_scope("stats:read stats:write")


def test_a_token_carries_what_was_asked_for_or_everything() -> None:
    """Left out means all; asked for means exactly that; more than is held is refused by name."""
    held = ("imports:write", "orders:write")
    assert narrow_scope(held, None) == held
    assert narrow_scope(held, "orders:write") == ("orders:write",)
    with pytest.raises(InvalidScope, match="ledger:read"):
        narrow_scope(held, "orders:write ledger:read")
