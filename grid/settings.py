"""Settings: everything comes from the environment, typed, and fails loudly with a hint.

The README's «Running it for real» lists the variables. `make run` and `make test` set them all.
"""

import base64
import binascii
from pathlib import Path
from typing import Any

import environ
import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def required(name: str, hint: str) -> str:
    """The variable's value; without it the portal does not start, and the hint says what to set."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return str(value)


def key_from(name: str, text: str) -> bytes:
    """32 bytes from base64; anything else stops the start, without showing the value."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise ImproperlyConfigured(f"{name} is not base64.") from fault
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must hold 32 bytes in base64, for example from: openssl rand -base64 32")
    return key


# --- What kind of instance this is ---------------------------------------------------------------------------------
SHOUWANG_ENV = env.str("SHOUWANG_ENV", default="production")
if SHOUWANG_ENV not in ("development", "test", "production"):
    raise ImproperlyConfigured("SHOUWANG_ENV must be development, test or production.")
PRODUCTION = SHOUWANG_ENV == "production"
DEBUG = False
SECRET_KEY = required("SECRET_KEY", "Make one with: openssl rand -base64 48")
if PRODUCTION and (len(SECRET_KEY) < 40 or len(set(SECRET_KEY)) < 10 or "insecure" in SECRET_KEY):
    raise ImproperlyConfigured("SECRET_KEY is a default or too short. Make one with: openssl rand -base64 48")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the portal's host, for example: portal.example.cn")
DATA_DIR = Path(env.str("SHOUWANG_DATA_DIR", default=str(BASE_DIR / "var")))

# The keys of personal data stand apart from SECRET_KEY: changing one must not cost the other.
_KEYS_HINT = "Form: k1:<32 bytes in base64>[,k0:<an older one>]; the first seals, all unseal."
ID_ENCRYPTION_KEYS = {
    key_id: key_from("ID_ENCRYPTION_KEYS", key)
    for key_id, _colon, key in (pair.partition(":") for pair in required("ID_ENCRYPTION_KEYS", _KEYS_HINT).split(","))
}
ID_DIGEST_KEY = key_from("ID_DIGEST_KEY", required("ID_DIGEST_KEY", "32 bytes in base64; never change it later."))

# Said in what leaves the portal, so that a lead opens it from her phone. Empty: the text names no address.
PORTAL_ADDRESS = env.str("PORTAL_ADDRESS", default="")
if PORTAL_ADDRESS and not PORTAL_ADDRESS.startswith(("https://", "http://")):
    raise ImproperlyConfigured("PORTAL_ADDRESS must begin with https://, for example: https://portal.example.cn")

# --- The house -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "quarantine.apps.QuarantineConfig",
    "residents.apps.ResidentsConfig",
    "grid.apps.GridConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "csp",
    "axes",
    "pgtrigger",
    "pghistory",
    "import_export",
]
if SHOUWANG_ENV != "production":
    INSTALLED_APPS += ["django_migration_linter"] if env.bool("SHOUWANG_LINT", default=False) else []
MIDDLEWARE = [
    "grid.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "grid.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "grid.urls"
WSGI_APPLICATION = "grid.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "grid.context_processors.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data: two roles. The owner's URL is given to migrations, purges and tests, never to a web or worker process ------
DATABASES: dict[str, Any] = {"default": env.db_url("DATABASE_URL", default="")}
if not DATABASES["default"].get("NAME"):
    raise ImproperlyConfigured("DATABASE_URL is not set. Form: postgresql://shouwang_app:PASSWORD@HOST:5432/shouwang")
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5}
if env.bool("DATABASE_POOL", default=False):  # web processes only
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10, "max_lifetime": 1800}
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL")
    DATABASES["owner"]["OPTIONS"] = {"connect_timeout": 5}
    DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PGHISTORY_LEVEL = pghistory.Statement  # type: ignore[has-type]  # row triggers are quadratic under COPY
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

BROKER_URL = required("BROKER_URL", "Form: redis://HOST:6379/0 (Redis or Valkey)")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": BROKER_URL.replace("redis+socket://", "unix://", 1),
        "KEY_PREFIX": "shouwang",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# --- Celery --------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "visibility_timeout": 1800,  # above the hard time limit, or a running task would be delivered twice
    # A broker that is away costs whoever just tapped a moment, not the six seconds of the library: rows make good.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # a lost task comes back through its outbox row, with its attempts counted
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "grid.tasks.heartbeat", "schedule": 30.0},
    "outbox": {"task": "grid.tasks.sweep_outbox", "schedule": 15.0},
    # One that waited longer than a minute is of no use: the next one does the same.
    "sweep": {"task": "quarantine.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "housekeeping": {"task": "grid.tasks.housekeeping", "schedule": crontab(hour="3", minute="20")},
    "messages": {"task": "quarantine.tasks.send_messages", "schedule": 15.0, "options": {"expires": 15}},
}

# --- Login ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "grid.Staff"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "grid.authentication.NameOrPhoneBackend"]
PASSWORD_HASHERS = ["grid.authentication.HouseArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "grid.authentication.LengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
# Name and address together: a stranger elsewhere cannot lock a worker out, and one desk cannot lock an office out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "grid.views.login.locked_out"
AXES_USERNAME_FORM_FIELD = "username"
# Failures are counted by a digest: what a stranger types (it may be a password) is stored nowhere. A phone known to
# be hers is counted apart, so that strangers behind the same address cannot lock it.
AXES_USERNAME_CALLABLE = "grid.authentication.login_key"
AXES_CLIENT_IP_CALLABLE = "grid.authentication.client_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or whoever goes on knocking would keep the lock shut
AXES_DISABLE_ACCESS_LOG = True  # logins stand in the audit
PROXY_COUNT = env.int("PROXY_COUNT", default=0)  # proxies in front, each adding to X-Forwarded-For
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
SESSION_COOKIE_AGE = 36 * 3600  # the record outlives the login, so that what was tapped when it ran out survives
SESSION_LIFETIME = 12 * 3600  # seconds from the password to the next one, however busy
SESSION_IDLE_KNOWN_DEVICE = 15 * 60  # seconds without a request, then the PIN
SESSION_IDLE_UNKNOWN_DEVICE = 30 * 60  # seconds without a request, then the password

# --- Language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "grid.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Headers -------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Not in a cookie, where the next person at this browser could read what was done.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "grid.views.errors.csrf_failed"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = PRODUCTION
DATA_UPLOAD_MAX_NUMBER_FIELDS = 11_000  # a workbook of a hundred sheets with a hundred columns, one select a column
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024  # a list stays in memory: it is sealed before it touches a disk
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- Static files --------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def WHITENOISE_ADD_HEADERS_FUNCTION(headers: Any, path: str, url: str) -> None:
    """WhiteNoise wants the function itself, which may only be imported once the apps are loaded."""
    from grid.middleware import static_headers

    static_headers(headers, path, url)


# --- Checks --------------------------------------------------------------------------------------------------------
# Subdomains and preload bind the whole domain of a street office, which is not this portal's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# --- Logs: one JSON line each, with the request's number, without personal data --------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "grid.logs.JsonFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},  # its lines carry user names and addresses
        "celery": {"level": "INFO"},
        # Their lines carry addresses and texts: keys of robots, hosts of gateways.
        "apprise": {"handlers": ["nowhere"], "propagate": False},
        "urllib3": {"handlers": ["nowhere"], "propagate": False},
    },
}
