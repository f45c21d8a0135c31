"""Disclosure control: which figures of a release may be shown, so that none of the others can be worked out from them.

``rules.py`` says when a sum is safe to show, ``tree.py``, ``geography.py`` and ``calendar.py`` in which sums a figure
stands, ``table.py`` what a table is made of. ``coarsening.py`` chooses what is shown at one grain of time,
``blocks.py`` proves that everything which follows from it by subtraction is safe itself, ``intervals.py`` that what is
hidden stays uncertain (``proving.py``: without looking twice), ``hiding.py`` what is hidden where it does not, and
``protecting.py`` repeats them until all hold. ``auditing.py`` believes none of them. Pure, and imported only where
something is frozen, but for the rules.

The method is explained in docs/api/protection.md, and why it was chosen in decision 0070.
"""
