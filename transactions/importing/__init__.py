"""Bank statements: from a file to rows of the ledger, and back.

`rows text values headings layout records guess parts csvfile ofxfile qiffile camtfile mt940file detect
fingerprint` are pure: a file goes in, a `rows.Statement` comes out, and `detect.parse` is their door. `preview`
compares a statement with the ledger, `services` writes, `views` are the pages. All state between the steps is the
`ImportBatch`.
"""
