"""How the command line speaks to people: what it says goes to standard output, what it refuses to standard error."""

import sys

import typer


class Refusal(Exception):
    """Something that cannot be done; the text says why and what to do, in Chinese and English."""


def say(text: str, *, bold: bool = False) -> None:
    """One line for the person at the terminal, at once."""
    typer.secho(text, bold=bold)
    sys.stdout.flush()


def complain(text: str) -> None:
    """One line about what went wrong."""
    typer.secho(text, fg="red", err=True)
