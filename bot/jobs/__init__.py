"""Durable background work: the engine, its workflows, and what they do step by step."""
