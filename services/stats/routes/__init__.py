"""The public paths of ``stats``, a module for each subject. Every answer carries its watermark."""

from fastapi import APIRouter

from services.stats.routes import (
    audits,
    dictionary,
    explanation,
    figures,
    goods,
    households,
    monitoring,
    plan,
    poverty_lines,
    public,
    releases,
    revisions,
    statement,
    uplift,
)

router = APIRouter(prefix="/v1/stats", tags=["stats"])
for part in (
    audits,
    dictionary,
    explanation,
    figures,
    goods,
    households,
    monitoring,
    plan,
    poverty_lines,
    public,
    releases,
    revisions,
    statement,
    uplift,
):
    router.include_router(part.router)

__all__ = ["router"]
