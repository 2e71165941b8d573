"""Texts as a search compares them: small letters, no accents, one blank between words.

The bodies are bound when the functions are made, so that an index is built and restored under any search path, and
are small enough to be put into the statements that use them. What is ASCII, nearly all of it, needs one look.
"""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations

FOLDED = r"""
CREATE FUNCTION transaction_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN octet_length(said) = length(said) AND position('  ' IN said) = 0 THEN lower(said)
    ELSE translate(replace(replace(replace(
        regexp_replace(
            regexp_replace(lower(normalize(said, NFKD)), '[\u0300-\u036f]+', '', 'g'), ' {2,}', ' ', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđħı', 'oldhi') END
"""
WORDS = """
CREATE FUNCTION transaction_words(description text, comment text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN transaction_folded(description || chr(10) || comment)
"""
LIKE = r"""
CREATE FUNCTION transaction_like(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    '%' || replace(replace(replace(transaction_folded(said), '\', '\\'), '%', '\%'), '_', '\_') || '%'
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0038_index_of_descriptions")]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.RunSQL(FOLDED, "DROP FUNCTION transaction_folded(text)"),
        migrations.RunSQL(WORDS, "DROP FUNCTION transaction_words(text, text)"),
        migrations.RunSQL(LIKE, "DROP FUNCTION transaction_like(text)"),
    ]
