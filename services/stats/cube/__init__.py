"""The cube: how each window of the ledger's feed changes what ``stats`` holds of sales, of groups and of households.

``folding`` is the consumer; ``settlement`` and ``payments`` say what a window's entries do to incomes, by the rules of
``split`` and ``membership``; ``stored`` reads and writes. Figures are read from it by ``figures`` beside this folder.
"""
