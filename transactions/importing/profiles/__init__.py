"""How files that look the same are read: kept when one was imported, found again by the headings of the next.

`placing` is pure: what a layout says of columns, for a file whose columns stand elsewhere. `services` writes and
finds, `views` is the page on which profiles are named and forgotten.
"""
