"""Django's settings, from the typed environment."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from django.urls import reverse_lazy

from paidan.config.env import environment_read

django_stubs_ext.monkeypatch()

ENV = environment_read()
PACKAGE = Path(__file__).resolve().parents[2]

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.trusted_origins)
PUBLIC_URL = ENV.public_url
TILE_URL = ENV.tile_url
DATA_DIR = ENV.data_dir

DJANGO_APPS = [
    "unfold.apps.BasicAppConfig",
    "paidan.config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
]
LIBRARIES = [
    "ninja",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "django_prometheus",
]
PAIDAN_APPS = [
    "paidan.kernel",
    "paidan.accounts",
    "paidan.files",
    "paidan.worklist",
    "paidan.billing",
    "paidan.customers",
    "paidan.catalog",
    "paidan.workforce",
    "paidan.visits",
    "paidan.dispatch",
    "paidan.booking",
    "paidan.partners",
    "paidan.fieldwork",
    "paidan.reviews",
    "paidan.analytics",
    "paidan.notifications",
    "paidan.integrations",
    "paidan.demo",
    "paidan.api",
    "paidan.web.components",
    "paidan.web.inbox",
    "paidan.web.portal",
    "paidan.web.portal.auth",
    "paidan.web.crew",
    "paidan.web.desk",
    "paidan.web.office",
    "paidan.config",
]
INSTALLED_APPS = [*DJANGO_APPS, *LIBRARIES, *PAIDAN_APPS]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "paidan.kernel.requests.ReferenceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "paidan.web.components.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "paidan.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "paidan.config.urls"
WSGI_APPLICATION = "paidan.config.wsgi.application"
ASGI_APPLICATION = "paidan.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "paidan.web.components.context.page",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": ENV.database.name,
        "USER": ENV.database.user,
        "PASSWORD": ENV.database.password,
        "HOST": ENV.database.host,
        "PORT": str(ENV.database.port),
        # One connection a thread, kept: a new one costs 12–24 ms.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "paidan",
            "connect_timeout": 5,
            # No statement may wait for a lock for ever; long jobs lift these for themselves.
            "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=25s -c TimeZone=UTC",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kernel_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

LOGIN_PROVIDERS = ENV.login_providers
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["paidan.accounts.backends.PasswordBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "paidan.accounts.passwords.LengthValidator"},
    {"NAME": "paidan.accounts.passwords.CommonValidator"},
    {"NAME": "paidan.accounts.passwords.CharacterClassValidator"},
]
LOGIN_URL = reverse_lazy("portal:login")
LOGIN_REDIRECT_URL = reverse_lazy("web:start")
LOGOUT_REDIRECT_URL = reverse_lazy("portal:home")

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.secure_cookies
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENV.secure_cookies
CSRF_FAILURE_VIEW = "paidan.web.components.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENV.secure_cookies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# Named here, our words stand above those Django's own apps have for the same English (“Log out”).
LOCALE_PATHS = sorted(str(path) for path in PACKAGE.glob("**/locale"))
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = DATA_DIR / "files"
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

DEFAULT_FROM_EMAIL = "Paidan <no-reply@paidan.invalid>"
if ENV.email_host:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = ENV.email_host
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

CURRENCY = "CNY"

UNFOLD = {
    "SITE_TITLE": "Paidan 派单",
    "SITE_HEADER": "Paidan 派单",
    "SITE_URL": "/office/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    # The same blue as the faces.
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .012 266)",
            "100": "oklch(95.5% .02 266)",
            "200": "oklch(90% .05 266)",
            "300": "oklch(82% .085 267)",
            "400": "oklch(70% .125 267)",
            "500": "oklch(58% .16 266)",
            "600": "oklch(48% .17 266)",
            "700": "oklch(42% .17 266)",
            "800": "oklch(36% .14 266)",
            "900": "oklch(30% .1 266)",
            "950": "oklch(22% .07 266)",
        },
    },
}

PGHISTORY_OBJ_FIELD_INDEX = True
PROCRASTINATE_ON_APP_READY = "paidan.config.wiring.tasks_register"
PROCRASTINATE_IMPORT_PATHS: list[str] = []
PROMETHEUS_EXPORT_MIGRATIONS = False
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING_CONFIG = "paidan.kernel.logs.logging_configure"
LOGGING = {"level": ENV.log_level}
