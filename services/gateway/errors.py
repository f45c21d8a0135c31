"""What the gateway answers when it does not pass a request on, or gets nothing to pass back."""

from services.kit.errors import NotFound, Problem, TooLarge, TooManyRequests, Unavailable


class NoSuchPath(NotFound):
    """No service publishes this path."""

    def __init__(self) -> None:
        super().__init__("没有此路径,接口说明见 /docs / There is no such path; the interface is described at /docs")


class BodyTooLarge(TooLarge):
    """The body is larger than this path takes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"请求体超过 {limit_bytes} 字节,请分批发送 / The body is over {limit_bytes} bytes; send it in parts",
            limit_bytes=limit_bytes,
        )


class TooFast(TooManyRequests):
    """One client asks more often than it may."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"请 {retry_after_seconds} 秒后重试 / Try again in {retry_after_seconds} s",
            retry_after_seconds=retry_after_seconds,
        )


class Overloaded(Unavailable):
    """All clients together ask more than this process can work on."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__(
            "当前请求过多,请稍后重试 / Too many requests are being worked on; try again in a moment",
            retry_after_seconds=1,
        )


class ServiceAway(Unavailable):
    """The service of this path cannot be reached; nothing of the request was passed on."""

    code = "service_away"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"服务 {service} 暂不可用,请稍后重试 / The service {service} cannot be reached; try again in a moment",
            retry_after_seconds=2,
            service=service,
        )


class BrokenAnswer(Problem):
    """The service ended the connection, or answered in a way that cannot be understood."""

    status, code, title = 502, "bad_gateway", "服务应答中断 / The service broke off"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"服务 {service} 未完成应答;请求可能已被执行,重发不会重复记账 / The service {service} broke off; "
            "the request may have been carried out, and sending it again counts nothing twice",
            retry_after_seconds=1,
            service=service,
        )


class NoAnswer(Problem):
    """The service was silent for too long."""

    status, code, title = 504, "gateway_timeout", "服务应答超时 / The service did not answer in time"

    def __init__(self, service: str) -> None:
        super().__init__(
            f"服务 {service} 未及时应答;请求可能已被执行,重发不会重复记账 / The service {service} did not answer in "
            "time; the request may have been carried out, and sending it again counts nothing twice",
            retry_after_seconds=5,
            service=service,
        )


class NotReady(Unavailable):
    """Some services are not ready; ``not_ready`` names them."""

    code = "not_ready"

    def __init__(self, services: list[str]) -> None:
        names = ", ".join(services)
        super().__init__(f"尚未就绪:{names} / Not ready: {names}", retry_after_seconds=1, not_ready=services)


class AnswerCutShort(ConnectionError):
    """A service broke off in the middle of an answer whose beginning the client has: all that is left is to hang up."""


class ClientLeft(ConnectionError):
    """The client went away before its request was complete."""
