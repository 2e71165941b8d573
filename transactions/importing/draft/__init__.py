"""What a person decides about the rows of a waiting file before anything is booked.

`edits` keeps the decisions of each row by its identity, `merging` meets those of two tabs, `mending` types rows that
could not be read, `forms` are a row and all rows on the check page. Nothing here reads the file or the ledger.
"""
