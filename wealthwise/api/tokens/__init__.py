"""The page on which a person gives tokens to programs and takes them back."""
