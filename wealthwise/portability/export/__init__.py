"""Everything a person has: out as JSON, CSV and XLSX, back in from JSON, and reset.

``sections`` says what there is, ``codecs`` how a value looks in the file; both directions read the same
lines. It reads all apps and is read by none.
"""
