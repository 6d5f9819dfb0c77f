"""Rules about incidents that recur: how they are found, named, measured, known again and held against changes.

A new measure is a field of `Measures` in `measures.py`; what a person may make of a problem is in `state.py`.
"""
