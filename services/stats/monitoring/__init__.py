"""Stations and products, live: what happens where, whether anybody should call a station, what to plant and process."""
