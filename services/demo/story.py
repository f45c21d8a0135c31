"""The story that ``onecode demo`` tells: a province is registered, two platforms post a year, and income follows."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.progress import Progress

from services.demo.assessments import payments
from services.demo.house import (
    PROVINCE,
    Accounts,
    DemoRefused,
    checked,
    count_facts,
    make_accounts,
    record_payments,
    register_assessments,
    register_facts,
    register_reference,
    register_subjects,
    send,
)
from services.demo.plan_figures import reports, with_departments
from services.demo.platforms import DEFAULT_ORDERS, posts_of_all
from services.demo.roster import Roster, generate_roster
from services.demo.stations import build_stations, scans_of

SETTLED_SECONDS = 300.0
NEVER = 2**62
REPORT_SHOP = "report-shop"
REPORT_PLATFORM = "tmall"

OpenClient = Callable[[dict[str, str]], AbstractContextManager[httpx.Client]]
"""Opens the public API with the given credentials."""


@dataclass(slots=True)
class Told:
    """What came of the story."""

    roster: Roster
    codes: dict[str, str]
    accounts: Accounts
    counts: Counter[str] = field(default_factory=Counter)
    """Lines and refunds by what became of them, such as ``orders accepted``."""
    last_batch: int | None = None
    years: tuple[str, ...] = ()
    """The years with sales."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Who tells the story, where it is shown, and how large it is."""

    admin: httpx.Client
    officer: httpx.Client
    station: httpx.Client
    bureau: httpx.Client
    open_client: OpenClient
    secrets_dir: Path
    progress: Progress
    orders: int = DEFAULT_ORDERS
    households: int = 2_000
    cooperatives: int = 40
    enterprises: int = 10


def tell(stage: Stage, report: Path | None) -> Told:
    """Register everybody; then let the platforms post their year or, with ``report``, import a real export."""
    accounts = make_accounts(stage.admin, stage.secrets_dir, lambda: secrets.token_urlsafe(12))
    register_reference(stage.officer)
    roster = generate_roster(
        households=stage.households, cooperatives=stage.cooperatives, enterprises=stage.enterprises
    )
    progress = stage.progress
    task = progress.add_task("登记并发码 / Register, issue codes", total=len(roster.subjects))
    codes = register_subjects(stage.officer, roster, lambda done: progress.advance(task, done))
    facts = progress.add_task("联结、比例、绑定 / Links, ratios, bindings", total=count_facts(roster))
    register_facts(stage.officer, roster, codes, lambda done: progress.advance(facts, done))
    years = progress.add_task("各年登记收入 / Registered incomes", total=2 * (len(codes) - len(roster.members_of())))
    register_assessments(stage.officer, roster, lambda done: progress.advance(years, done))
    told = Told(roster, codes, accounts)
    _work_at_stations(stage, told)
    _report_for_the_plan(stage)
    if report is None:
        due = payments(roster, codes)
        paid = progress.add_task("付款 / Payments", total=len(due))
        record_payments(stage.officer, due, lambda done: progress.advance(paid, done))
        _post_the_year(stage, told)
        told.years = ("2019",)
    else:
        _import_report(stage, told, report)
    _wait_until_settled(stage, told)
    return told


def _work_at_stations(stage: Stage, told: Told) -> None:
    built = build_stations(told.roster)
    task = stage.progress.add_task("站点与扫码 / Stations and scans", total=len(built))
    for one in built:
        new = checked(stage.officer.post("/v1/stations", json=one.body()))
        closure = one.closure()
        if closure is not None and not new["already_registered"]:
            checked(stage.officer.post(f"/v1/stations/{one.station}/closures", json=closure))
        scans = scans_of(one, told.roster, told.codes)
        if scans is not None:
            counts = checked(stage.station.post("/v1/scans", json=scans))["counts"]
            told.counts.update({f"scans {name}": count for name, count in counts.items()})
        stage.progress.advance(task)


def _report_for_the_plan(stage: Stage) -> None:
    units = [unit["unit"] for unit in checked(stage.admin.get("/v1/reporting-units"))["reporting_units"]]
    said = reports(units)
    task = stage.progress.add_task("方案目标与上报数 / The plan: targets and reports", total=len(said))
    counts = checked(stage.officer.post("/v1/stats/reports", json={"reports": said}))["counts"]
    if counts["invalid"] or counts["not_allowed"]:
        raise DemoRefused(f"/v1/stats/reports: {counts}")
    rows = checked(stage.bureau.get("/v1/stats/targets", params={"year": "2020"}))["rows"]
    if all(row["lead_department"] is None for row in rows):
        checked(stage.admin.post("/v1/stats/targets", json={"targets": with_departments(rows)}))
    stage.progress.advance(task, len(said))


def _post_the_year(stage: Stage, told: Told) -> None:
    posts = posts_of_all(told.roster, told.codes, stage.orders)
    lock = threading.Lock()
    total = stage.orders * 5 // 4  # a year's lines and refunds, about; corrected at the end
    task = stage.progress.add_task("平台上报订单与退款 / Platforms post orders, refunds", total=total)

    def post_all(platform: str) -> None:
        with stage.open_client(told.accounts.client(platform)) as client:
            for post in posts[platform]:
                answer = send(client, post)
                with lock:
                    told.counts.update({f"{post.kind} {name}": count for name, count in answer["counts"].items()})
                    if answer["counts"]["accepted"]:
                        told.last_batch = max(told.last_batch or 0, answer["batch_id"])
                    stage.progress.advance(task, post.lines)

    with ThreadPoolExecutor(len(posts)) as executor:
        for future in [executor.submit(post_all, platform) for platform in posts]:
            future.result()
    done = sum(told.counts.values())
    stage.progress.update(task, total=done, completed=done)


def _import_report(stage: Stage, told: Told, report: Path) -> None:
    owner = told.codes[told.roster.cooperatives[0].key]
    binding = {"platform": REPORT_PLATFORM, "shop": REPORT_SHOP, "code": owner, "valid_from": "2015-01-01"}
    checked(stage.officer.post("/v1/shops", json=binding))
    with stage.open_client(told.accounts.client(REPORT_PLATFORM)) as client:
        summary = import_file(
            client, report, platform=REPORT_PLATFORM, shop=REPORT_SHOP, form="tmall-report", progress=stage.progress
        )
    for kind in ("lines", "refunds"):
        told.counts.update({f"{kind} {name}": count for name, count in summary[kind].items()})
    told.counts.update({f"skipped {why}": count for why, count in summary["skipped"].items()})
    told.last_batch = summary["last_batch_id"]
    told.years = tuple(str(year) for year in range(int(summary["first_day"][:4]), int(summary["last_day"][:4]) + 1))


def import_file(
    client: httpx.Client, path: Path, *, platform: str, shop: str, form: str, progress: Progress
) -> dict[str, Any]:
    """Send an export file to the API, which records it as it arrives, so that the progress shown is real."""
    task = progress.add_task(f"导入 / Import {path.name}", total=path.stat().st_size)

    def pieces() -> Any:
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                yield piece
                progress.advance(task, len(piece))

    parameters = {"platform": platform, "shop": shop, "format": form}
    summary: dict[str, Any] = checked(
        client.post("/v1/imports", params=parameters, content=pieces(), headers={"Content-Type": "text/csv"})
    )
    return summary


def _wait_until_settled(stage: Stage, told: Told) -> None:
    """Wait until the figures hold what was posted and no longer move."""
    task = stage.progress.add_task("入账、结算、汇总 / Seal, settle, add up", total=None)
    deadline = time.monotonic() + SETTLED_SECONDS
    question = {"region": PROVINCE, "period": "2019-01-01"}
    last: dict[str, Any] = {}
    while True:
        watermark = checked(stage.bureau.get("/v1/stats/summary", params=question))["watermark"]
        is_whole = watermark["position"] == watermark["income_position"] >= _position_of(stage, told.last_batch)
        if is_whole and watermark == last:
            break
        if time.monotonic() > deadline:
            raise DemoRefused("汇总未跟上,请查看日志 / the figures do not follow the ledger; see the log")
        last = watermark
        time.sleep(0.5)
    stage.progress.update(task, total=1, completed=1)


def _position_of(stage: Stage, batch_id: int | None) -> int:
    """Where a batch stands in the feed; not reachable before it is sealed."""
    if batch_id is None:
        return 0
    entries = checked(stage.bureau.get("/v1/ledger", params={"batch_id": batch_id, "limit": 1}))["entries"]
    return int(entries[0]["position"] or NEVER) if entries else NEVER
