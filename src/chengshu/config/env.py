"""What the environment may set: typed, read once, and refused loudly when it makes no sense."""

from __future__ import annotations

import secrets
from datetime import date
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class EnvironmentProblem(Exception):
    """A setting is missing or wrong; the message is one clear line for the operator."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Env(BaseSettings):
    """The operator's settings. Names without an alias carry the prefix ``CHENGSHU_``."""

    model_config = SettingsConfigDict(env_prefix="CHENGSHU_", env_file=None, extra="ignore")

    home: Path = Path("var")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, validation_alias="PORT", ge=1, le=65535)
    debug: bool = False
    secret_key: SecretStr | None = None
    allowed_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    trusted_origins: list[str] = []
    https: bool = False
    web_workers: int = Field(default=2, ge=1, le=64)
    job_workers: int = Field(default=2, ge=1, le=64)
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_token: SecretStr | None = None

    district: str = Field(default="310107", pattern=r"^\d{6}$")
    demo: bool | None = None

    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    password_days: int = Field(default=90, ge=0)
    lockout_failures: int = Field(default=5, ge=1)
    lockout_minutes: int = Field(default=30, ge=1)
    require_mfa_roles: list[str] = []

    oidc_server_url: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "SSO"

    tianditu_key: str | None = None
    local_crs: str | None = None

    file_store: Literal["local", "s3"] = "local"
    s3_endpoint: str | None = None
    s3_bucket: str | None = None
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None

    ledger_algorithm: Literal["sha256", "sm3"] = "sha256"
    timestamp_url: str | None = None
    timestamp_certificates: Path | None = None

    font_dir: Path | None = None
    document_folder: Path | None = None
    signing_pkcs12: Path | None = None
    signing_password: SecretStr | None = None
    signing_timestamp_url: str | None = None

    public_day: date | None = None
    public_checks_per_hour: int = Field(default=30, ge=1)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+$")
    smtp_host: str | None = None
    smtp_port: int = Field(default=465, ge=1, le=65535)
    smtp_security: Literal["tls", "starttls", "none"] = "tls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "chengshu@localhost"

    wecom_url: str = Field(default="https://qyapi.weixin.qq.com", pattern=r"^https?://[^\s]+[^\s/]$")
    wecom_corp_id: str | None = None
    wecom_agent_id: int | None = None
    wecom_secret: SecretStr | None = None
    wecom_sign_in: bool = False
    wecom_sign_in_name: str = "企业微信"
    wecom_inside_url: str = Field(
        default="https://open.weixin.qq.com/connect/oauth2/authorize", pattern=r"^https?://[^\s?#]+$"
    )
    wecom_outside_url: str = Field(
        default="https://login.work.weixin.qq.com/wwlogin/sso/login", pattern=r"^https?://[^\s?#]+$"
    )
    wecom_person_path: str = Field(default="/cgi-bin/auth/getuserinfo", pattern=r"^/[^\s?#]+$")

    outbox_attempts: int = Field(default=12, ge=1, le=1000)
    outbox_first_seconds: float = Field(default=10, gt=0)
    outbox_longest_seconds: float = Field(default=6 * 3600, gt=0)
    outbox_timeout_seconds: float = Field(default=10, gt=0, le=120)
    outbox_keep_days: int = Field(default=30, ge=1)

    webhook_http: bool = False
    webhook_allow: list[str] = []
    webhook_disable_days: int = Field(default=5, ge=1)
    webhook_rotation_hours: int = Field(default=24, ge=1)

    event_days: int = Field(default=30, ge=1)
    upload_limit_mb: int = Field(default=64, ge=1)
    import_row_limit: int = Field(default=200_000, ge=1)
    flight_folder: Path | None = None  # orthomosaics and surface models; CHENGSHU_HOME/flights by default
    flight_upload_limit_mb: int = Field(default=2048, ge=1)
    flight_buckets: list[str] = []  # S3 buckets that flights may lie in

    api_key_days_most: int = Field(default=730, ge=1)
    api_key_rate_most: int = Field(default=30_000, ge=1)

    @property
    def home_path(self) -> Path:
        """The absolute directory that holds all state."""
        return self.home.expanduser().absolute()

    @property
    def wants_demo(self) -> bool:
        """Whether an empty database gets demo accounts, whose password is public.

        Unless it is said, only where nobody else can reach them: embedded database, loopback, no proxy.
        """
        if self.demo is not None:
            return self.demo
        private = all(_is_loopback(host) for host in (self.host, *self.allowed_hosts))
        return private and self.database_url is None and not self.https

    @property
    def oidc_origin(self) -> str | None:
        """Scheme and host of the single sign-on server."""
        if not self.oidc_server_url:
            return None
        parts = urlsplit(self.oidc_server_url)
        return f"{parts.scheme}://{parts.netloc}"

    def load_secret_key(self) -> str:
        """The signing key: from the environment, else made once and kept in the home directory."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.home_path / "secret_key"
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                scratch = path.with_name(f"secret_key.{secrets.token_hex(4)}")
                scratch.touch(mode=0o600)
                scratch.write_text(secrets.token_urlsafe(50))
                try:
                    path.hardlink_to(scratch)  # of two first starts, one key wins
                except FileExistsError:
                    pass
                finally:
                    scratch.unlink()
            return path.read_text().strip()
        except OSError as error:
            raise EnvironmentProblem(
                f"CHENGSHU_HOME: cannot keep the secret key in {path}: {error.strerror}"
            ) from error


@lru_cache(maxsize=1)
def load() -> Env:
    """Read the environment; raise `EnvironmentProblem` naming each variable that is wrong."""
    try:
        return Env()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0])
            name = name if name.isupper() else f"CHENGSHU_{name.upper()}"
            lines.append(f"{name}: {problem['msg']} (got {problem['input']!r})")
        raise EnvironmentProblem("; ".join(lines)) from error
