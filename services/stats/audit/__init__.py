"""Audits: samples of income lines that anybody can draw again, what was found, and the error that follows."""
