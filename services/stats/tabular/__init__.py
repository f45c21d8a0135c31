"""Any table of ``stats`` as JSON, CSV or XLSX, with what it means in the file, and answered only when it has changed.

A route says what it answers as a model (JSON) and as a :class:`Table` (the files)::

    known = Answering(request, form, state=["42", "17"])      # what the figures were read from
    if known.is_current: return known.not_modified()          # nothing was computed
    return await known.answer(model, lambda: Table(...))

``table.py`` is the contract, ``delimited.py`` and ``workbook.py`` write it, ``answering.py`` speaks HTTP.
"""

from services.stats.tabular.answering import FILES, Answering, Format, WantedFormat
from services.stats.tabular.table import Cell, Column, Table
from services.stats.tabular.workbook import write_workbook

__all__ = ["FILES", "Answering", "Cell", "Column", "Format", "Table", "WantedFormat", "write_workbook"]
