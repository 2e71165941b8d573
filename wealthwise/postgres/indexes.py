"""An index whose name may use PostgreSQL's 63 bytes, so that an index of the plan keeps its name."""

from django.db import models


class Index(models.Index):
    """models.Index without the 30 characters that other databases would allow."""

    max_name_length = 63
