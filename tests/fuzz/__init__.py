"""Fuzzing: any bytes at all, and what holds of the validator whatever they are.

``python -m tests.fuzz`` looks for bytes that break a law (see ``__main__.py``). ``targets.py`` holds the laws,
``corpus/`` what is started from, ``pinned/`` what once broke one. ``tests/test_fuzz.py`` tries all of them.
"""
