"""How a figure moved from release to release, and how much of it came from what: ``causes.py`` has the rules,
``sales.py`` and ``income.py`` divide a movement, ``movements.py`` puts the answer together.

The parts of a movement are the steps of a ladder. It begins at the figure of the earlier position and takes what was
recorded between the two, cause by cause, in the order of :class:`~services.stats.revision.causes.Cause`; each step's
part is what the figure changes by it. So the parts sum to the movement whatever the figure is: a sum, a count of
distinct orders, or of households above a threshold.
"""
