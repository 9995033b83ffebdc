"""Indexes for what is deleted, and a note of which older servers may run on the schema."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # Deleting a token looks for those that name it as their successor, one by one without an index.
    op.create_index("ix_tokens_successor_id", "tokens", ["successor_id"])
    op.create_index("ix_tokens_spent_at", "tokens", ["spent_at"])
    op.create_index("ix_authorization_codes_account_id", "authorization_codes", ["account_id"])
    compatibility = op.create_table(
        "schema_compatibility",
        sa.Column("oldest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name="pk_schema_compatibility"),
    )
    op.bulk_insert(compatibility, [{"oldest": "0001"}])


def downgrade() -> None:
    """Take back."""
    op.drop_table("schema_compatibility")
    op.drop_index("ix_authorization_codes_account_id", table_name="authorization_codes")
    op.drop_index("ix_tokens_spent_at", table_name="tokens")
    op.drop_index("ix_tokens_successor_id", table_name="tokens")
