"""From the Flask application's SQLite file to this one: read it, repair it, carry it over, and say what was done.

`source` reads, `values` converts one value, `users`, `filing`, `planning` and `booking` build rows, `load` brings
them in one transaction, `report` says what happened, `hashers` lets users sign in with the password they had.
"""
