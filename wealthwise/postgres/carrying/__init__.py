"""What hangs on a table, taken to the one that succeeds it: read from the catalog, written again, or named as left."""
