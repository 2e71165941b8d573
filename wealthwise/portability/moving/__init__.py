"""From another application to this one: its files are read, loaded, and shown beside what the ledger then says.

`sources` read files into one model, `loading` brings that in, `report` compares both sides, `services` moves and takes
back, `jobs` and `views` are the pages.
"""
