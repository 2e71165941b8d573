"""What the site keeps about a person beside their records: told in an export, and never taken over from one.

Where they sign in, by which factors, which tokens programs have, what they look for, and what staff did about them:
when, what and why, without who it was. Secrets do not leave: no password, key or token.
"""

from collections.abc import Iterator
from typing import Any, Final

from accounts.models import User
from wealthwise.postgres.sql import rows_of

SITE_RECORDS: Final = "site_records"
# Each by the owner, or by idx_console_log_person; in the order in which they were made.
_RECORDS: Final = """
SELECT 1 AS kind, e.id, json_build_object('record', 'email_address', 'email', e.email, 'verified', e.verified)
FROM account_emailaddress e WHERE e.user_id = %(user)s
UNION ALL
SELECT 2, s.id, json_build_object('record', 'session', 'began_at', s.created_at, 'address', host(s.ip),
                                  'browser', s.user_agent)
FROM usersessions_usersession s WHERE s.user_id = %(user)s
UNION ALL
SELECT 3, d.id, json_build_object('record', 'known_device', 'since', d.created_at, 'seen_at', d.seen_at)
FROM known_device d WHERE d.user_id = %(user)s
UNION ALL
SELECT 4, a.id, json_build_object('record', 'second_factor', 'type', a.type, 'created_at', a.created_at,
                                  'last_used_at', a.last_used_at)
FROM mfa_authenticator a WHERE a.user_id = %(user)s
UNION ALL
SELECT 5, f.id, json_build_object('record', 'saved_filter', 'name', f.name, 'query', f.query, 'report', f.report,
                                  'created_at', f.created_at)
FROM saved_filter f WHERE f.user_id = %(user)s
UNION ALL
SELECT 6, c.id, json_build_object('record', 'staff_action', 'at', c.at, 'action', c.action, 'reason', c.reason,
                                  'before', c.before, 'after', c.after)
FROM console_log c WHERE c.person_uuid = %(uuid)s
UNION ALL
SELECT 7, t.id, json_build_object('record', 'api_token', 'name', t.name, 'scope', t.scope, 'created_at', t.created_at,
                                  'expires_at', t.expires_at, 'last_used_at', t.last_used_at)
FROM api_token t WHERE t.user_id = %(user)s
ORDER BY 1, 2
"""


def site_records(user: User) -> Iterator[dict[str, Any]]:
    """One statement."""
    return (record for _, _, record in rows_of(_RECORDS, user=user.pk, uuid=user.uuid))
