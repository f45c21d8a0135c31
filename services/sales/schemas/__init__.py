"""The wire of bindings, ratios, platforms, categories, ledger and parked items. What comes in and what goes out are
separate models; unknown fields are refused. Orders and refunds have a wire of their own, for bulk: ``wire.py``.
"""
