"""The service over HTTP beside other ways to serve a model: each a process of its own, all under the same load.

A further way to serve is a function in `peers.py` and its line in `PEERS`.
"""
