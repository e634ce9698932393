"""The condition language: one typed tree, one compiler to SQL, one evaluator in plain Python.

About events (`Compare`, `All`, `Any`, `Not`) and about people at a moment (`Did`, `Bought`,
`InOrder`, `Trait`, `Consent`, and the same three to combine them). Figures, audiences, funnels,
triggers and alerts are all asked in it.
"""
