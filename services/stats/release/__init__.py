"""Releases: figures of a period, frozen at one position, compiled by one person and approved by another.

``release.py`` has the rules, ``freezing.py`` computes and stores the figures part by part, ``reading.py`` answers from
them, ``desk.py`` is where releases are drafted, decided and looked up.
"""
