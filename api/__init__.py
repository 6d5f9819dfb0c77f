"""Serves: the application, its routes, who may call them, and how errors look on the wire."""
