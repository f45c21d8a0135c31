"""Other people's files are what their table says they are."""

import hashlib
import re

from services.web.assets import STATIC

VENDOR = STATIC / "vendor"


def test_every_vendored_file_is_listed_with_its_digest() -> None:
    """No file is changed, added or renewed without its line in the README; licences are among them."""
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([^`]+)` .* `([0-9a-f]{64})` \|$", table, re.MULTILINE))
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert listed == present
    assert {"echarts/LICENSE", "echarts/NOTICE", "swagger-ui/LICENSE", "swagger-ui/NOTICE"} <= present.keys()
