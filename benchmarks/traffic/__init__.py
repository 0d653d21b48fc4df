"""Requests for the bot to answer: its processes on free ports, a load balancer in front of them, and the load."""
