"""Settings. Everything an admin can set is an environment variable; see guide/en/settings.md."""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from gern.core.home import Home
from gern.shell.logging import configure

HERE = Path(__file__).resolve().parent.parent
HOME = Home(Path(os.environ.get("GERN_HOME", "gern-home")).expanduser().resolve())
DEVELOPMENT = os.environ.get("GERN_DEVELOPMENT") == "1"
BEHIND_TLS = os.environ.get("GERN_BEHIND_TLS") == "1"

DEBUG = DEVELOPMENT
SECRET_KEY, *SECRET_KEY_FALLBACKS = HOME.secrets("django")
ALLOWED_HOSTS = os.environ.get("GERN_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
ALLOWED_HOSTS = [host.strip() for host in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in ALLOWED_HOSTS if BEHIND_TLS and h != "*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "django_htmx",
    "lucide",
    "rules",
    "django_tasks",
    "django_tasks_db",
    "gern.kit",
    "gern.kit.outbox",
    "gern.kit.jobs",
    "ninja",
    "gern.kit.mail",
    "gern.kit.api",
    "gern.shell.accounts",
    "gern.rooms.insights",
    "gern.rooms.collect",
    "gern.rooms.customers",
    "gern.rooms.protect",
]
MIDDLEWARE = [
    "gern.shell.web.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "gern.shell.web.middleware.Language",
    "gern.shell.web.middleware.Later",
    "gern.shell.web.middleware.Access",
    "allauth.account.middleware.AccountMiddleware",
    "gern.shell.accounts.sessions.Seen",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "gern.shell.urls"
ASGI_APPLICATION = "gern.shell.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "shell" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gern.shell.web.context.frame",
            ],
            "builtins": ["lucide.templatetags.lucide", "gern.kit.templatetags.kit",
                         "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]  # fmt: skip

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("GERN_DATABASE_URL", f"sqlite:///{HOME.database}"), conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        " PRAGMA secure_delete=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "briefing"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["ip_address", "username"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_USERNAME_CALLABLE = "gern.shell.accounts.adapters.who_tries"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
ACCOUNT_ADAPTER = "gern.shell.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,10/15m/key", "reset_password": "20/m/ip,3/h/key"}  # fmt: skip
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
MFA_ADAPTER = "gern.shell.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses of users are entered by admins
USERSESSIONS_TRACK_ACTIVITY = True
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "attempts",  # of logins, by all processes
    },
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if BEHIND_TLS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
LANGUAGE_COOKIE_NAME = "language"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEVELOPMENT
WHITENOISE_MAX_AGE = 0 if DEVELOPMENT else 3600

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = str(HOME.temporary)
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

WATCH_ROOTS = os.environ.get("GERN_WATCH_ROOTS", "/srv").split(":")
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "steady", "long"],
    }
}

LOGGING_CONFIG = None
configure(development=DEVELOPMENT)
