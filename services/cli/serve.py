"""``onecode serve SERVICE``: one service in a process of its own, wired by its environment."""

from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any

import typer

from services.cli.messages import Refusal, say
from services.cli.options import DEFAULT_HOST, Host, LogLevel, Port
from services.cli.serving import address_of, ended_by_signals, listen, serve
from services.kit.process import put_off_garbage_collection

commands = typer.Typer()


class Service(StrEnum):
    """The services that can stand alone."""

    AUTH = "auth"
    CODES = "codes"
    SALES = "sales"
    STATS = "stats"
    WEB = "web"
    GATEWAY = "gateway"

    @property
    def has_schema(self) -> bool:
        """Whether it needs the database."""
        return self not in {Service.WEB, Service.GATEWAY}


@commands.command("serve")
def serve_one(
    service: Annotated[Service, typer.Argument(help="服务 / The service.")],
    port: Port,
    host: Host = DEFAULT_HOST,
    log_level: LogLevel = "info",
) -> None:
    """单独运行一个服务 / Run one service alone.

    Environment: ONECODE_DATABASE_URL and ONECODE_SECRETS_DIR (auth, codes, sales, stats), ONECODE_PUBLIC_URL (all),
    ONECODE_API_URL (web: the gateway as this process reaches it), ONECODE_UPSTREAM_AUTH … _WEB (gateway).
    """
    put_off_garbage_collection()
    with ended_by_signals(), listen(host, port) as listener:
        from services.kit.logs import configure_logs  # noqa: PLC0415 - not needed for --help

        configure_logs(log_level)
        address = address_of(listener)
        serve(
            create_service(service),
            listener,
            ready=lambda: say(f"{service} 已就绪 / {service} is ready: {address}"),
        )
    say(f"{service} 已停止 / {service} has stopped")


def create_service(service: Service) -> Any:
    """The application of one service, set up by its environment. Raises :class:`Refusal` if that does not do."""
    from pydantic import ValidationError  # noqa: PLC0415

    create_app = import_module(f"services.{service}.app").create_app
    settings_class = getattr(import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings")
    try:
        settings = settings_class()
        if service.has_schema and not settings.database_url:
            raise Refusal(
                f"服务 {service} 需要 ONECODE_DATABASE_URL(如 postgresql://主机/库名)/ "
                f"the service {service} needs ONECODE_DATABASE_URL (as postgresql://host/database)"
            )
        return create_app(settings)
    except (ValidationError, ValueError, FileNotFoundError) as error:
        raise Refusal(f"{service}: 配置不可用 / cannot be configured: {error}") from error
