"""Bank statements: from a file to rows of the ledger, and back.

`formats`, `csv` and `detect` are pure: a file goes in, a `formats.rows.Statement` comes out, and `detect.parse` is
their door. In `csv` the guess (`guess columns amounts`) proposes a layout, and the reader (`reader signs stock running
doubts`) obeys one: it proves it by the balances of the file, and says what nothing proves. `preview` compares a
statement with the ledger, `draft` keeps what a person decides about its rows on the check page, `several` parts a file
of several accounts, `profiles` how files that look the same are read. `services` writes (rows of a file by `loading`),
`views` and `check_views` are the pages. All state between the steps is the `ImportBatch` and its edits.
"""
