"""Checks the integrity of document collections: folders with an index, containers, and the text in them."""

__version__ = "0.1.0"
