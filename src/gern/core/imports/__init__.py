"""From a file of purchases to lines in the log.

`preparing` makes any file readable and `reading` opens it as a table of columns, `guessing`
proposes what each column means, `numbers` and `times` turn text into exact values, `parsing`
splits good rows from bad ones, `placing` finds what is new, `rejects` hands the bad rows back,
`preview` looks before anything is done. `run` is the whole way.
"""
