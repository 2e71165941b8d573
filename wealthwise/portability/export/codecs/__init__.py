"""How values look in the file: of a column by its type, and of the JSON columns of an import."""
