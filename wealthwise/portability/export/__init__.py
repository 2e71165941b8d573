"""Everything a user has: out as JSON, CSV and XLSX, back in from JSON, and reset.

``sections`` says what there is, ``codecs`` how a value looks in the file, ``versions`` how older files differ.
``exported_rows`` and the writers go out, ``json_reader`` and ``validation`` come back. It reads all apps, and only the
console reads it.
"""
