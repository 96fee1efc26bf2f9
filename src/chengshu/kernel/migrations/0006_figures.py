"""Kept figures and the notes of changes that make them stale (`chengshu.kernel.indicators.versions`).

Plain SQL: `xid8` and `pg_snapshot` have no Django fields, and nobody reads these tables through models.
"""

from django.db import migrations

FORWARD = """
CREATE TABLE kernel_datachange (
    source text NOT NULL,
    txid xid8 NOT NULL,
    PRIMARY KEY (source, txid)
);
CREATE TABLE kernel_keptfigure (
    key text PRIMARY KEY,
    cells jsonb NOT NULL,
    sources text[] NOT NULL,
    snapshot pg_snapshot NOT NULL,
    within xid8 NOT NULL,
    cluster text NOT NULL,
    computed_at timestamptz NOT NULL
);
CREATE INDEX kernel_keptfigure_by_age ON kernel_keptfigure (computed_at);
CREATE FUNCTION kernel_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_datachange (source, txid) VALUES (TG_TABLE_NAME, pg_current_xact_id())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""
BACKWARD = """
DROP FUNCTION kernel_note_change() CASCADE;
DROP TABLE kernel_keptfigure;
DROP TABLE kernel_datachange;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_outbox")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
