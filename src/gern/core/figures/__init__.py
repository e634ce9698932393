"""The catalogue: one definition per figure, built from a few primitives.

`primitives` turn the log into one row per customer with whole measures; `definition` says what
a figure is; `purchases` and `retention` hold the definitions; `compute` gives the answer,
`people` the customers behind it.
"""
