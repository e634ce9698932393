"""Bots and internal traffic: the shop's own rules, and what was recognised."""
