"""What can go wrong between a page and the API. Each error names the text of the page that tells the visitor."""

from services.kit.errors import Problem


class ApiRefused(Exception):
    """The API answered with a status other than 2xx."""

    def __init__(self, status: int, code: str, detail: str, retry_after: str | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class ApiUnreachable(Exception):
    """The API did not answer at all, or with something that is not its answer."""


class FormNotOurs(Problem):
    """A form was posted that this visitor did not get from us (or whose page has grown too old)."""

    status, code, title = 403, "form_not_ours", "表单已失效 / The form is no longer valid"
