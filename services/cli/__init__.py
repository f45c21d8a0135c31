"""The command ``onecode``. A command, or a group of them, is one file here with a ``commands`` of its own.

Nothing heavy is imported before a command needs it: ``onecode --help`` answers at once, and a start is quick.
"""

import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from services.cli.messages import Refusal, complain

_SUPPORT = {"api", "database", "house", "inbound", "messages", "options", "outbound", "plan", "serving"}
"""Modules that are no commands."""


def build() -> typer.Typer:
    """The command line with every command in this folder."""
    onecode = typer.Typer(
        name="onecode",
        help="一户一码:编码、订单台账、增收统计 / One household, one code: codes, sales ledger, income statistics.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for module in iter_modules(__path__):
        if module.name not in _SUPPORT:
            onecode.add_typer(import_module(f"{__name__}.{module.name}").commands)
    return onecode


def main() -> None:
    """Run the command line; what cannot be done is said in one sentence, with exit code 1."""
    try:
        build()()
    except Refusal as refusal:
        complain(str(refusal))
        sys.exit(1)
