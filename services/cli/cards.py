"""``onecode cards``: the keys that sign cards."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.messages import say
from services.cli.options import DEFAULT_DATA, DataFolder

commands = typer.Typer()
cards = typer.Typer(help="卡片 / Cards.", no_args_is_help=True)
commands.add_typer(cards, name="cards")


@cards.callback()
def _group() -> None:
    """One command is no group without this."""


@cards.command("new-key")
def draw_new_key(
    data: DataFolder = DEFAULT_DATA,
    secrets_dir: Annotated[
        Path | None,
        typer.Option(envvar="ONECODE_SECRETS_DIR", file_okay=False, help="密钥目录 / The secrets folder."),
    ] = None,
) -> None:
    """生成下一把卡片签名密钥;旧卡继续有效 / Draw the next key that signs cards; cards of the old ones stay good."""
    from services.codes.card_keys import LEAD_DAYS, draw_key  # noqa: PLC0415 - not needed for --help

    folder = secrets_dir or data / "secrets"
    key_id = draw_key(folder)
    say(f"已生成 / Drawn: {folder / f'codes_card_key_{key_id}'}")
    say(
        f"公布 {LEAD_DAYS} 天后启用;现无可用密钥时立即启用 / It signs {LEAD_DAYS} days after it is published, or "
        "at once if no other key does"
    )
