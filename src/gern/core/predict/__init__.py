"""What comes next: what a customer is worth, who is about to leave; proven on data not seen.

`histories` is what models of buying need to know of each customer, `bgnbd`, `pareto` and
`gamma_gamma` are such models, `fitting` finds their parameters, `value` makes money of them and
`holdout` says how good all that was on a time the models did not know.
"""
