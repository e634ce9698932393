"""Collect: files come in. Drop, check the mapping, preview, import, see the figures."""
