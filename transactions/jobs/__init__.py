"""Long work outside of the processes that serve: exports, restores, statements.

`kinds` says what can be done, `queue` holds the rules of the table, `files` what goes in and comes out, `worker` is
the process (``manage.py work``), `views` are the pages. Whoever has long work adds a kind in the ``ready()`` of its
app. Why it is so: docs/decisions/0041-jobs.md.
"""
