"""The library: everything that computes. Plain Python, no web, no settings read from outside."""
