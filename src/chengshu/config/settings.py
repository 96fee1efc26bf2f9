"""Django settings, assembled from the environment (see `chengshu.config.env`)."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from chengshu.config import logging as log_setup
from chengshu.config.database import django_database
from chengshu.config.env import load

ENV = load()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENV.load_secret_key()
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "chengshu.kernel",
    "chengshu.ui",
    "chengshu.bureau",
    "chengshu.law",
    "chengshu.registry",
    "chengshu.leads",
    "chengshu.cases",
    "chengshu.inspections",
    "chengshu.patrol",
    "chengshu.structures",
    "chengshu.reports",
    "chengshu.sensing",
    "chengshu.field",
    "chengshu.desk",
    "chengshu.portal",
    "chengshu.demo",
]

MIDDLEWARE = [
    "chengshu.config.logging.RequestIdMiddleware",
    "chengshu.config.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "chengshu.bureau.api_access.ApiMiddleware",  # requests with an API key go no further down this list
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "chengshu.bureau.session_store.PersonMiddleware",
    "chengshu.bureau.sessions.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chengshu.bureau.history.HistoryContextMiddleware",
    "chengshu.bureau.sessions.AccountStateMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "chengshu.config.urls"
WSGI_APPLICATION = "chengshu.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "bureau" / "templates"],  # before allauth's own sign-in pages
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "chengshu.ui.context.frame",
            ],
        },
    }
]

DATABASES = {"default": django_database(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "bureau.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "chengshu.bureau.backends.BureauBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "name_key", "phone", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "chengshu.bureau.passwords.LengthByRoleValidator"},
    {"NAME": "chengshu.bureau.passwords.CharacterClassesValidator"},
    {"NAME": "chengshu.bureau.passwords.RecentPasswordsValidator"},
]
PASSWORD_DAYS = ENV.password_days
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "chengshu.bureau.adapters.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {
    "login": "chengshu.bureau.forms_account.SignInForm",
    "change_password": "chengshu.bureau.forms_account.ChangeForm",
    "reauthenticate": "chengshu.bureau.forms_account.ReauthenticatePasswordForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {  # axes counts wrong passwords; this counts wrong codes of the second factor
    "login": None,
    "login_failed": "5/5m/key",
    "change_password": "20/m/user",
}
SOCIALACCOUNT_ADAPTER = "chengshu.bureau.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if ENV.oidc_server_url and ENV.oidc_client_id:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": ENV.oidc_name,
                "client_id": ENV.oidc_client_id,
                "secret": ENV.oidc_client_secret.get_secret_value() if ENV.oidc_client_secret else "",
                "settings": {"server_url": ENV.oidc_server_url},
            }
        ]
    }
MFA_ADAPTER = "chengshu.bureau.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "chengshu.bureau.forms_account.SecondFactorForm",
    "reauthenticate": "chengshu.bureau.forms_account.ReauthenticateSecondFactorForm",
    "activate_totp": "chengshu.bureau.forms_account.SetUpAppForm",
    "add_webauthn": "chengshu.bureau.forms_account.AddKeyForm",
    "edit_webauthn": "chengshu.bureau.forms_account.RenameKeyForm",
}
REQUIRE_MFA_ROLES = frozenset(ENV.require_mfa_roles)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "城枢"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # e-mail is not used to sign in
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.https

AXES_FAILURE_LIMIT = ENV.lockout_failures
AXES_COOLOFF_TIME = ENV.lockout_minutes / 60
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # a bureau sits behind one address; accounts are locked, not offices
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time told to the person stays true
AXES_USERNAME_CALLABLE = "chengshu.bureau.adapters.client_username"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 100_000
AXES_LOCKOUT_CALLABLE = "chengshu.bureau.adapters.locked_out"
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_VERBOSE = False

SESSION_IDLE_SECONDS = ENV.session_idle_minutes * 60
SESSION_COOKIE_AGE = ENV.session_hours * 3600
SESSION_ENGINE = "chengshu.bureau.session_store"
SESSION_COOKIE_NAME = "chengshu_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "chengshu.ui.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- other systems ------------------------------------------------------------------------------
API_PATHS = ("/api/",)  # answered to API keys, with errors as problem details
PROBLEM_PATHS = (*API_PATHS, "/field/api/")  # errors as problem details, also to browsers
API_KEY_DAYS_MOST = ENV.api_key_days_most
API_KEY_RATE_MOST = ENV.api_key_rate_most
API_KEY_KEEP_HOURS_MOST = 168  # a week to bring a new secret to all machines of the other system

# --- pages --------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "chengshu_language"
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.home_path / "static"
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(ENV.home_path / "files")},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if ENV.file_store == "s3":
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "endpoint_url": ENV.s3_endpoint,
            "bucket_name": ENV.s3_bucket,
            "access_key": ENV.s3_access_key.get_secret_value() if ENV.s3_access_key else None,
            "secret_key": ENV.s3_secret_key.get_secret_value() if ENV.s3_secret_key else None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"] + (["https://*.tianditu.gov.cn"] if ENV.tianditu_key else []),
        "connect-src": [SELF] + (["https://*.tianditu.gov.cn"] if ENV.tianditu_key else []),
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # the browser also checks where a form leads after a redirect: the single sign-on server
        "form-action": [SELF] + ([ENV.oidc_origin] if ENV.oidc_origin else []),
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_LIMIT_BYTES = ENV.upload_limit_mb * 1024 * 1024
FIELD_UPLOADS = ENV.home_path / "uploads"  # files of phones until they are whole
IMPORT_ROW_LIMIT = ENV.import_row_limit
FLIGHT_FOLDER = ENV.flight_folder or ENV.home_path / "flights"
FLIGHT_WORK = ENV.home_path / "comparisons"  # what a comparison keeps until it is done
FLIGHT_UPLOAD_LIMIT_BYTES = ENV.flight_upload_limit_mb * 1024 * 1024
FLIGHT_BUCKETS = frozenset(ENV.flight_buckets)

# --- domain-neutral parts -----------------------------------------------------------------------
LEDGER_ALGORITHM = ENV.ledger_algorithm
LEDGER_TIMESTAMP_URL = ENV.timestamp_url
LEDGER_TIMESTAMP_CERTIFICATES = ENV.timestamp_certificates
FONT_DIR = ENV.font_dir
DOCUMENT_FOLDER = ENV.document_folder or ENV.home_path / "documents"
SIGNING_HOME = ENV.home_path / "signing"
SIGNING_PKCS12 = ENV.signing_pkcs12
SIGNING_TIMESTAMP_URL = ENV.signing_timestamp_url
SIGNING_PASSWORD = ENV.signing_password.get_secret_value() if ENV.signing_password else None
EVENT_DAYS = ENV.event_days
LOCAL_CRS = ENV.local_crs
TIANDITU_KEY = ENV.tianditu_key
DEFAULT_DISTRICT = ENV.district

# --- what leaves the house ----------------------------------------------------------------------
PUBLIC_URL = ENV.public_url or ""
PUBLIC_CHECKS_PER_HOUR = ENV.public_checks_per_hour  # certificate numbers one address may ask about
PUBLIC_DAY = ENV.public_day  # a demonstration's public pages may show another day than today
MAIL_READY = ENV.smtp_host is not None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_READY else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = ENV.smtp_host or "", ENV.smtp_port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.smtp_user, ENV.smtp_password.get_secret_value()
EMAIL_USE_SSL, EMAIL_USE_TLS = ENV.smtp_security == "tls", ENV.smtp_security == "starttls"
EMAIL_TIMEOUT = ENV.outbox_timeout_seconds
DEFAULT_FROM_EMAIL = ENV.mail_from
WECOM = {
    "base": ENV.wecom_url,
    "corp_id": ENV.wecom_corp_id,
    "agent_id": ENV.wecom_agent_id,
    "secret": ENV.wecom_secret.get_secret_value() if ENV.wecom_secret else None,
}
WECOM_SIGN_IN = {
    "on": ENV.wecom_sign_in,
    "name": ENV.wecom_sign_in_name,
    "inside": ENV.wecom_inside_url,
    "outside": ENV.wecom_outside_url,
    "person": ENV.wecom_person_path,
}
OUTBOX_TIMEOUT = ENV.outbox_timeout_seconds
OUTBOX: dict[str, float] = {
    "attempts": ENV.outbox_attempts,
    "first": ENV.outbox_first_seconds,
    "factor": 3.0,
    "longest": ENV.outbox_longest_seconds,
    "jitter": 0.25,
    "deadline": 2.5 * ENV.outbox_timeout_seconds,
    "keep_days": ENV.outbox_keep_days,
}
WEBHOOK_HTTP, WEBHOOK_ALLOW = ENV.webhook_http, ENV.webhook_allow
WEBHOOK_DISABLE_DAYS, WEBHOOK_ROTATION_HOURS = ENV.webhook_disable_days, ENV.webhook_rotation_hours

PGHISTORY_APPEND_ONLY = True
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LOGGING_CONFIG = None
log_setup.configure(ENV)

PRODUCT_NAME = _("Chengshu")
