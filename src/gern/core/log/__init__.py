"""The event log: immutable Parquet segments, listed in a manifest.

`schema` says what a row is, `manifest` which files count, `segments` writes them and
`changes` is the one transaction through which the log changes.
"""
