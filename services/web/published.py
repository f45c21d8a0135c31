"""What the pages offer: their public paths. This is the only module of ``web`` that another service may import."""

PATHS = (
    "/",
    "/c",
    "/C",
    "/dashboard",
    "/uplift",
    "/login",
    "/logout",
    "/password",
    "/docs",
    "/assets",
    "/scan",
    "/console",
)
"""Every page is one of these or lies below one; ``/`` is the start page alone. ``/C``: a QR code is all in capitals."""
