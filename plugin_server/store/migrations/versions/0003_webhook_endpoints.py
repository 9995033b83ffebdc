"""The endpoints at Kit that report what has changed in an account."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Older servers leave the table alone, so they may run on this schema."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=True),
        sa.Column("key_digest", sa.String(length=64), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["connections.account_id"],
            name="fk_webhook_endpoints_account_id_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("key_digest", name="uq_webhook_endpoints_key_digest"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("webhook_endpoints")
