"""From a figure back to its origin: the cells that it sums (``cells.py``), the lines that these sum, each with its
entries (``lines.py``), and what a line was attributed and its income settled by (``origins.py``).

What stands at a stage sums to what stands above it, to the fen; a page says its own sum and the whole's.
"""
