"""Where a login may lead."""

from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from services.web.session import local_path

HERE = "http://onecode.test/login"


@given(st.text(max_size=40) | st.text("/\\:@.evil?#%\t\n ", max_size=12))
@example("//evil.test")
@example("/\\evil.test")
@example("/\t/evil.test")
def test_no_path_leads_to_another_site(path: str) -> None:
    """Read as browsers read addresses (backslash as slash, tabs and line ends dropped), the target is on our host."""
    target = local_path(path, "/dashboard")
    as_browsers_read = target.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin(HERE, as_browsers_read)).netloc == "onecode.test"
    assert target.startswith("/")


def test_a_page_of_ours_is_kept() -> None:
    """Region and period survive the login."""
    wanted = "/dashboard?region=522701000000&period=2019-Q1"
    assert local_path(wanted, "/dashboard") == wanted
