"""Rules about surges: more incidents of one kind than were to be expected, each of which may be a major incident.

`seen.py` has what is counted, `usual.py` what is expected, `chance.py` when more is no chance, `watch.py` joins them. A
new kind is a branch of `Seen.kinds`, and one in `Usual` that says what is expected of it.
"""
