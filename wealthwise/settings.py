"""All settings, driven by the environment. Without any variable: embedded servers, local use.

Every variable is listed in docs/operations.md.
"""

import contextlib
import os
import secrets
import sys
import zoneinfo
from pathlib import Path

import environ
from django.contrib.messages import constants as message_levels
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from wealthwise.core.cache import breaker
from wealthwise.devserver import server
from wealthwise.postgres.backend import waits as backend

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = server.HOME / ".data"
env = environ.Env()


def _local_secret() -> str:
    """A secret key kept beside the embedded data, so that a checkout works without configuration."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        server.HOME.mkdir(parents=True, exist_ok=True)
        DATA_DIR.mkdir(mode=0o700, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file)  # a power cut must not leave an empty one
        with contextlib.suppress(FileExistsError):  # the first of two processes wins; the other reads its key
            os.link(scratch, path)
        scratch.unlink()
    if not (key := path.read_text()):
        raise ImproperlyConfigured(f"{path} is empty. Remove it: a new key is made, and everybody signs in again.")
    return key


DEBUG = env.bool("WEALTHWISE_DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or _local_secret()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier keys, while they are rotated out
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL: str = env("SITE_URL", default="http://localhost:8000").rstrip("/")
CSRF_FAILURE_VIEW = "wealthwise.core.http.error_pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
USE_TLS = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    "wealthwise",
    "accounts",
    "transactions",
    "budgets",
    "wealthwise.portability",
    "wealthwise.operations",
    "wealthwise.demo",
    "wealthwise.devserver",
    "wealthwise.console",
    "wealthwise.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "heroicons",
]

MIDDLEWARE = [
    "wealthwise.core.http.headers.headers_middleware",
    "wealthwise.operations.telemetry.middleware.telemetry_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wealthwise.core.http.compression.GZipMiddleware",
    "wealthwise.core.http.again.again_middleware",
    "wealthwise.core.http.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.people.middleware.user_middleware",
    "wealthwise.core.http.error_pages.no_blank_page_middleware",
]
if DEBUG and env.bool("WEALTHWISE_TOOLBAR", default=True):
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(3, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1"]

ROOT_URLCONF = "wealthwise.urls"
WSGI_APPLICATION = "wealthwise.wsgi.application"
TEMPLATES = [
    {  # pages and forms; the admin and mails, which it does not know, are Django's own language
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "OPTIONS": {
            "environment": "wealthwise.core.jinja.environment.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "wealthwise.core.jinja.writing.csrf",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.insert(INSTALLED_APPS.index("whitenoise.runserver_nostatic"), "django.forms")

# Database: the plan's pool (10 kept, 20 more, checked on checkout, an hour's life) in serving processes.
_endpoints = server.urls(server.HOME)
SERVING = env.bool("WEALTHWISE_POOL", default=False)
_database = env.db_url("DATABASE_URL", default=_endpoints.web_url if SERVING else _endpoints.database_url)
_pool = {
    "min_size": env.int("DB_POOL_SIZE", default=10),
    "max_size": env.int("DB_POOL_SIZE", default=10) + env.int("DB_POOL_OVERFLOW", default=20),
    "max_lifetime": 3600,
    "check": None,  # the backend's, which empties the pool
    "timeout": backend.TRY,
    "reconnect_timeout": backend.TRY,
}
WORKERS = env.int("WEALTHWISE_WORKERS", default=1)  # serving processes, each with a pool of its own
# Requests that one of them works on at once, one connection each: as many as the pool has.
THREADS = env.int("WEALTHWISE_THREADS", default=_pool["max_size"])
# Days for which the console keeps the service's numbers, and who is told by `manage.py health --mail`.
HEALTH_HISTORY_DAYS = env.int("WEALTHWISE_HEALTH_DAYS", default=30)
HEALTH_MAIL_TO = env.list("WEALTHWISE_HEALTH_MAIL", default=[])
JOBS_AT_ONCE = env.int("WEALTHWISE_JOBS", default=1)  # exports, restores and imports at work, in all of the site
POOL_MAXIMUM = _pool["max_size"]
WORKER_CONNECTIONS = min(POOL_MAXIMUM, max(THREADS, _pool["min_size"]))  # that one process has at most
BEHIND_POOLER = env.bool("DB_TRANSACTION_POOLER", default=False)
if _database["ENGINE"] == "django.db.backends.postgresql":
    _database["ENGINE"] = "wealthwise.postgres.backend"
_options = _database.setdefault("OPTIONS", {})
_options.setdefault(
    "application_name", "wealthwise-web" if SERVING else f"wealthwise-{(sys.argv[1:] or ['shell'])[0]}"[:60]
)
_options.setdefault("connect_timeout", 5)
# Over TCP: a server that is gone without a word is noticed, and nobody waits for it for a quarter of an hour.
for _name, _seconds in {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}.items():
    _options.setdefault(_name, _seconds)
if SERVING:
    _options.setdefault("tcp_user_timeout", 10_000)
# Statements are short and many: compiling one takes longer than all that it could win.
_session = {"jit": "off"}
if SERVING:
    _options["pool"] = _pool
    # No page works for minutes, and none waits for a lock until its user is gone; commands take the time they need.
    _session["statement_timeout"] = f"{env.int('DB_STATEMENT_SECONDS', default=60)}s"
    _session["lock_timeout"] = f"{env.int('DB_LOCK_SECONDS', default=10)}s"
    _session["idle_in_transaction_session_timeout"] = "60s"
if not BEHIND_POOLER:  # which would refuse them, and share the session with others
    _options["options"] = " ".join(
        [*(f"-c {name}={value}" for name, value in _session.items()), _options.get("options", "")]
    )
# Behind a pooler in transaction mode: no session state between transactions.
_database["DISABLE_SERVER_SIDE_CURSORS"] = BEHIND_POOLER
_database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
TRANSACTION_PARTITIONS = env.int("WEALTHWISE_TRANSACTION_PARTITIONS", default=16)

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env("CACHE_URL", default=_endpoints.cache_url),
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SERIALIZER": "wealthwise.core.cache.packing.MessagePack",
            "SOCKET_CONNECT_TIMEOUT": breaker.TIMEOUT,
            "SOCKET_TIMEOUT": breaker.TIMEOUT,
            "CONNECTION_POOL_KWARGS": {"retry": breaker.BREAKER},
        },
        "KEY_PREFIX": "wealthwise",
    }
}
SESSION_ENGINE = "accounts.people.sessions"  # a session that was ended must not live on in a cache
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# Backups of the embedded database.
BACKUPS = env("WEALTHWISE_BACKUPS", default="")  # their folder
BACKUPS_KEPT = env.int("WEALTHWISE_BACKUPS_KEPT", default=7)
BACKUP_PASSPHRASE = env("WEALTHWISE_BACKUP_PASSPHRASE", default="")  # seals the keys in them

# Regular work: whether `serve` does it, and intervals other than usual ("backup=6h,plan=off"). A pooler gives one
# session to many, so that the lock of the one scheduler would be anybody's.
SCHEDULES = env.bool("WEALTHWISE_SCHEDULER", default=True) and not BEHIND_POOLER
SCHEDULE: dict[str, str] = env.dict("WEALTHWISE_SCHEDULE", default={})
# Days that records are kept, 0 for ever.
KEPT_DAYS = {
    "jobs": env.int("WEALTHWISE_KEEP_JOBS", default=30),  # that there was one; a result is kept for a day
    "refreshes": env.int("WEALTHWISE_KEEP_REFRESHES", default=90),
    "console_jobs": env.int("WEALTHWISE_KEEP_CONSOLE_JOBS", default=365),
    "console_log": env.int("WEALTHWISE_KEEP_CONSOLE_LOG", default=0),
    "uploads": env.int("WEALTHWISE_KEEP_UPLOADS", default=90),  # files that wait for their owner's decision
    "import_errors": env.int("WEALTHWISE_KEEP_IMPORT_ERRORS", default=365),  # the lines themselves
}

DEMO_EMAIL = "demo@wealthwise.test"  # the user of `manage.py demo_data`

# Who users are.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.signin.backends.CachedUserBackend"]
PASSWORD_HASHERS = [
    "accounts.signin.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "accounts.signin.hashers.FlaskPasswordHasher",  # who came over, until their first sign-in
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.signin.validators.CharacterClassesValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_ADAPTER = "accounts.signin.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.signin.forms.LoginForm",
    "signup": "accounts.signin.forms.SignupForm",
    "add_email": "accounts.signin.forms.AddEmailForm",
    "reauthenticate": "accounts.signin.forms.ReauthenticateForm",
    "change_password": "accounts.signin.forms.ChangePasswordForm",
    "reset_password": "accounts.signin.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.signin.forms.ResetPasswordKeyForm",
    "user_token": "accounts.signin.forms.UserTokenForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username", "password1*"]
ACCOUNT_USERNAME_VALIDATORS = "accounts.signin.validators.username_validators"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USER_DISPLAY = "accounts.signin.adapter.display_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_CHANGE_EMAIL = True  # one address a user; a new one replaces it when verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Counted in the database, by accounts.signin.limits: a device that is known has an allowance of its own.
ACCOUNT_RATE_LIMITS = {
    "login": None,  # of allauth's page; in its place, as it comes before anybody knows who signs in:
    "sign_in": "30/m/ip",
    "login_failed": "5/m/ip,5/m/key",  # key: the account
    "confirm_email": "4/h/key",  # the mail of the sign-up and three more
    "resend_verification": "20/h/ip,3/h/key",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "5/h/ip",
    "change_username": "10/h/user",  # whether a name is taken is told there
    # What costs much to make.
    "exports": "20/h/user",
    "lists": "60/h/user",
    "results": "60/h/user",
    "restores": "20/h/user",
    "uploads": "60/h/user",
}
# Searches, and reports, of one person in a minute; 0 is without end, to measure.
if HEAVY_PAGES := env.int("WEALTHWISE_HEAVY_PAGES", default=120):
    ACCOUNT_RATE_LIMITS |= {"searches": f"{HEAVY_PAGES}/m/user", "reports": f"{HEAVY_PAGES}/m/user"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)  # X-Forwarded-For is ignored at 0
MFA_ADAPTER = "accounts.signin.adapter.MFAAdapter"
MFA_FORMS = {"add_webauthn": "accounts.signin.forms.AddKeyForm"}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a change of address, which gives no way in until it is verified
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "WealthWise"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not USE_TLS
STAFF_REQUIRE_MFA = env.bool("WEALTHWISE_STAFF_REQUIRE_MFA", default=False)

# Mail: the console unless a server is configured.
_mail = env.email_url("EMAIL_URL", default="consolemail://")
_is_console = _mail["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
MAILERS = {"default": {"BACKEND": "wealthwise.core.mail.EmailBackend" if _is_console else _mail["EMAIL_BACKEND"]}}
if _mail.get("EMAIL_HOST"):
    MAILERS["default"]["OPTIONS"] = {
        "host": _mail["EMAIL_HOST"],
        "port": _mail["EMAIL_PORT"],
        "username": _mail["EMAIL_HOST_USER"],
        "password": _mail["EMAIL_HOST_PASSWORD"],
        "use_tls": _mail.get("EMAIL_USE_TLS", False),
    }
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="WealthWise <wealthwise@localhost>")

# Language and time; each user's zone is activated by accounts.users.middleware. All words are English: without
# translations a page asks a fifth less of the processor.
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
# Days are worked out here alone, never by the database, and by the release of the tables that requirements.txt pins.
zoneinfo.reset_tzpath(to=[])

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Nothing but our own origin, nothing inline.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "report-uri": ["/violations/"],  # for Firefox; others go by the header Reporting-Endpoints
    "report-to": ["violations"],
}
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if USE_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' own list, which one hardly gets off again, is no default
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_TLS
if USE_TLS:  # a neighbour below the same domain cannot set these
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
IMPORT_MAX_BYTES = 20 * 1024 * 1024
EXPORT_MAX_BYTES = 100 * 1024 * 1024  # an export that comes back; some 300,000 transactions
FILE_UPLOAD_HANDLERS = [
    "wealthwise.core.http.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.WARNING: "warn", message_levels.SUCCESS: "good"}
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # without one there is no /metrics
LOG_FORMAT = env("LOG_FORMAT", default="plain" if DEBUG or sys.stderr.isatty() else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "wealthwise.operations.telemetry.logs.JsonFormatter"},
        # Whoever develops sees everything of their own; nobody else's.
        "plain": {} if DEBUG else {"()": "wealthwise.operations.telemetry.logs.PlainFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    # A line for each request is for machines; in a terminal it would hide what matters.
    "loggers": {
        "ofxtools": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # each of its tries, four a second while the database is away
        "wealthwise.request": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
