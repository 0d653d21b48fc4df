"""Injected faults: which are active, and how they affect requests and connections."""
