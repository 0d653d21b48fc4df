"""Watches as jobs: what is due is taken up once among all processes, checked, and told if it is news."""
