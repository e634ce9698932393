"""The primitives: SQL that turns the log into one row a person with whole measures.

Every primitive gives ``unit`` (a person, or one order, ticket … of nobody known), ``person`` (NULL
for such), ``grp`` (the group when broken down, else NULL), ``bucket`` (the day, week or month of a
time series, else NULL) and its measures. The figure is a weighted sum of measures over the rows,
the people behind it are the rows, its interval is a bootstrap over the rows: so all three agree.
"""
