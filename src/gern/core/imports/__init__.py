"""From a file of purchases to lines in the log.

`reading` opens any file as a table of columns, `guessing` proposes what each column means,
`numbers` and `times` turn text into exact values, `parsing` splits good rows from bad ones,
`placing` finds what is new and writes it. `run` is the whole way.
"""
