"""Settings, read once from the environment into a frozen object.

With nothing set the application runs as a demonstration on loopback, with secrets that everybody
can read here and a local stand-in for each outside service. With APP_ENV=production every setting
must be given, and a missing, unknown or unsafe one stops start-up with all the reasons at once.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
ENVIRONMENTS = ("demonstration", "test", "production")
DEMONSTRATION_ONLY = "demonstration-only"
LARGEST_UPLOAD_BYTES = 10 * 1024 * 1024


class UnsafeSettings(Exception):
    """The settings can't be used; the message lists every reason."""


def _setting(name: str, default: object, *, secret: bool = False) -> object:
    return field(default=default, metadata={"name": name, "secret": secret}, repr=not secret)


def _secret(name: str) -> str:
    return _setting(name, f"{DEMONSTRATION_ONLY}-{name.lower()}", secret=True)  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the application is told from outside. Defaults make the demonstration."""

    environment: str = _setting("APP_ENV", "demonstration")
    scheme_name: str = _setting("SCHEME_NAME", "Northern Tech Taster Vouchers")
    base_url: str = _setting("BASE_URL", "http://127.0.0.1:8000")
    data_dir: Path = _setting("DATA_DIR", ROOT / "var")
    database_url: str = _setting("DATABASE_URL", "", secret=True)
    secret_key: str = _secret("SECRET_KEY")
    password_salt: str = _secret("PASSWORD_SALT")
    voucher_code_key: str = _secret("VOUCHER_CODE_KEY")
    digest_key: str = _secret("DIGEST_KEY")
    second_factor_key: str = _secret("SECOND_FACTOR_KEY")
    recovery_code_key: str = _setting(
        "RECOVERY_CODE_KEY", "ZGVtb25zdHJhdGlvbi1vbmx5LXJlY292ZXJ5LWtleTA=", secret=True
    )
    stripe_secret_key: str = _setting("STRIPE_SECRET_KEY", "sk_test_demonstration", secret=True)
    stripe_api_base: str = _setting("STRIPE_API_BASE", "http://127.0.0.1:8001")
    stripe_platform_secrets: tuple[str, ...] = _setting(
        "STRIPE_PLATFORM_WEBHOOK_SECRETS", ("whsec_demonstration_platform",), secret=True
    )
    stripe_connect_secrets: tuple[str, ...] = _setting(
        "STRIPE_CONNECT_WEBHOOK_SECRETS", ("whsec_demonstration_connect",), secret=True
    )
    bank_change_cooling_days: int = _setting("BANK_CHANGE_COOLING_DAYS", 3)
    companies_house_key: str = _setting("COMPANIES_HOUSE_KEY", "demonstration", secret=True)
    companies_house_base: str = _setting("COMPANIES_HOUSE_BASE", "http://127.0.0.1:8002")
    smtp_host: str = _setting("SMTP_HOST", "127.0.0.1")
    smtp_port: int = _setting("SMTP_PORT", 8003)
    smtp_user: str = _setting("SMTP_USER", "")
    smtp_password: str = _setting("SMTP_PASSWORD", "", secret=True)
    smtp_tls: bool = _setting("SMTP_TLS", False)
    mail_from: str = _setting("MAIL_FROM", "vouchers@demonstration.example")
    trusted_proxies: int = _setting("TRUSTED_PROXIES", 0)
    clock_file: str = _setting("CLOCK_FILE", "")

    @property
    def is_demonstration(self) -> bool:
        """Whether the public banner, the sign-in list and the sandbox pages are shown."""
        return self.environment == "demonstration"

    @property
    def moves_real_money(self) -> bool:
        """Whether payments are real: only a live key moves money, and it goes to Stripe alone."""
        return self.stripe_secret_key.startswith(("sk_live_", "rk_live_"))

    @property
    def is_production(self) -> bool:
        """Whether real people and real money are behind this."""
        return self.environment == "production"

    @property
    def database(self) -> str:
        """The database address; SQLite in the data directory unless one is set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'voucher.sqlite'}"

    @property
    def mailbox_dir(self) -> Path:
        """Where the demonstration's mail server keeps what it was sent."""
        return self.data_dir / "mailbox"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's own).

    A secret may be given as `NAME_FILE`, the path of a file that holds it. Raises UnsafeSettings.
    """
    source = os.environ if environ is None else environ
    settings = Settings(**{item.name: _read(item, source) for item in fields(Settings)})
    problems = _problems(settings, source)
    if problems:
        raise UnsafeSettings("\n".join(problems))
    return settings


def _read(item: object, source: Mapping[str, str]) -> object:
    name, default = item.metadata["name"], item.default  # type: ignore[attr-defined]
    text = source.get(name)
    if text is None and f"{name}_FILE" in source:
        text = Path(source[f"{name}_FILE"]).read_text().strip()
    if text is None:
        return default
    try:
        return _typed(text, default)
    except ValueError as error:
        raise UnsafeSettings(f"{name}: {error}") from error


def _typed(text: str, default: object) -> object:
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError("must be true or false")
        return text.lower() == "true"
    if isinstance(default, int):
        return int(text)
    if isinstance(default, Path):
        return Path(text).resolve()
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _problems(settings: Settings, source: Mapping[str, str]) -> list[str]:
    if settings.environment not in ENVIRONMENTS:
        return [f"APP_ENV: must be one of {', '.join(ENVIRONMENTS)}"]
    problems = _stripe_problems(settings)
    if settings.is_production:
        problems += _production_problems(settings, source)
    return problems


def _stripe_problems(settings: Settings) -> list[str]:
    base = urlsplit(settings.stripe_api_base)
    is_stripe = base.hostname == "api.stripe.com" and base.scheme == "https"
    live = settings.stripe_secret_key.startswith(("sk_live_", "rk_live_"))
    rules = (
        (live and not is_stripe, "STRIPE_API_BASE: a live key is only ever sent to Stripe"),
        (live and not settings.is_production, "STRIPE_SECRET_KEY: a live key outside production"),
        (
            base.scheme != "https" and not is_loopback(base.hostname),
            "STRIPE_API_BASE: must be https unless it is on loopback",
        ),
        (not settings.stripe_platform_secrets, "STRIPE_PLATFORM_WEBHOOK_SECRETS: is empty"),
        (not settings.stripe_connect_secrets, "STRIPE_CONNECT_WEBHOOK_SECRETS: is empty"),
    )
    return [words for broken, words in rules if broken]


def _production_problems(settings: Settings, source: Mapping[str, str]) -> list[str]:
    problems = []
    optional = {"SMTP_USER", "SMTP_PASSWORD", "TRUSTED_PROXIES", "CLOCK_FILE"}
    for item in fields(settings):
        name = item.metadata["name"]
        given = name in source or f"{name}_FILE" in source
        if not given and name not in optional:
            problems.append(f"{name}: must be set in production")
        elif item.metadata["secret"] and name not in optional | {"DATABASE_URL"}:
            problems += _weak_secret(name, getattr(settings, item.name))
    if not settings.stripe_secret_key.startswith(("sk_live_", "rk_live_")):
        problems.append("STRIPE_SECRET_KEY: production needs a live key")
    if settings.clock_file:
        problems.append("CLOCK_FILE: nobody moves the clock in production")
    if not settings.base_url.startswith("https://"):
        problems.append("BASE_URL: must start with https:// in production")
    if not settings.database_url.startswith("postgresql"):
        problems.append("DATABASE_URL: production needs PostgreSQL")
    return problems


def _weak_secret(name: str, value: str | tuple[str, ...]) -> list[str]:
    values = (value,) if isinstance(value, str) else value
    short = 16 if name.startswith(("STRIPE", "COMPANIES")) else 32
    if any("demonstration" in part or len(part) < short for part in values):
        return [f"{name}: too short or a value that is public"]
    return []


def is_loopback(host: str | None) -> bool:
    """Whether `host` is an address of this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
