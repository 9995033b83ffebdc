"""The tables. Times are whole unix seconds, so that every database compares them alike."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

# The revision of the newest migration; a test compares it with the migrations.
SCHEMA_REVISION = "0003"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite generates ids only for a column of exactly the type INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("access_token", LargeBinary, nullable=False),
    Column("refresh_token", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("scope", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

# Which process is refreshing a connection; an expired row means that a worker died while refreshing.
refresh_leases = Table(
    "refresh_leases",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# The endpoint at Kit that reports an account's changes. A row without ``endpoint_id`` is an attempt to create
# one; ``checked_at`` tells attempts apart.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column(
        "account_id", ForeignKey("connections.account_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("endpoint_id", BigInteger),
    Column("key_digest", String(64), unique=True),
    Column("secret", LargeBinary),
    Column("base_url", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("verified_at", BigInteger, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
    # JSON: when each kind of data has changed last, in unix seconds with their fraction.
    Column("changes", Text, nullable=False),
)

installations = Table(
    "installations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # What the creator has agreed to so far; a later authorization adds to it.
    Column("scope", Text, nullable=False),
    UniqueConstraint("account_id", "client_id"),
)

token_families = Table(
    "token_families",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("installation_id", ForeignKey("installations.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Index(None, "installation_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("family_id", ForeignKey("token_families.id", ondelete="CASCADE"), nullable=False),
    Column("access_digest", String(64), nullable=False, unique=True),
    Column("refresh_digest", String(64), nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("spent_at", BigInteger),
    Column("successor_id", ForeignKey("tokens.id", ondelete="SET NULL")),
    Index(None, "family_id"),
    Index(None, "spent_at"),
    Index(None, "successor_id"),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("client_id", String(255), nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("code_challenge", String(128)),
    Column("expires_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("used_at", BigInteger),
    Column("family_id", ForeignKey("token_families.id", ondelete="CASCADE")),
    Index(None, "account_id"),
    Index(None, "family_id"),
    Index(None, "expires_at"),
)

pending_requests = Table(
    "pending_requests",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("session_digest", String(64), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)

# One row: the oldest revision whose server may run on this schema. Migrations update it, so that an older
# server can check whether it may run on a newer schema.
schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("oldest", String(32), primary_key=True),
)
