"""Seals of days, and triggers that refuse to change what is append-only.

The triggers fire ALWAYS, also for a session that plays a replica.
"""

from django.db import migrations, models
from django.utils import timezone

REFUSE = """
CREATE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION kernel_refuse_but_time_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.timestamp_token IS NULL
       AND (to_jsonb(OLD) - '{timestamp_token,timestamped_at,timestamp_problem}'::text[])
         = (to_jsonb(NEW) - '{timestamp_token,timestamped_at,timestamp_problem}'::text[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""
FORGET = "DROP FUNCTION kernel_refuse_change(); DROP FUNCTION kernel_refuse_but_time_stamp();"


def protect(table: str, row_events: str = "UPDATE OR DELETE") -> migrations.RunSQL:
    """Triggers against changes of rows and against emptying the table."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE {row_events} ON {table}
            FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_truncate;
        """,
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_jobs_key")]

    operations = [
        migrations.AlterField(
            "ledgerentry",
            "chain",
            models.CharField(
                db_collation="C", help_text="the record, e.g. registry.round:12", max_length=120
            ),
        ),
        migrations.AlterField("ledgerentry", "at", models.DateTimeField(help_text="when it happened")),
        migrations.AddField(
            "ledgerentry",
            "recorded_at",
            models.DateTimeField(
                default=timezone.now, help_text="when it was written; decides the day that seals it first"
            ),
            preserve_default=False,
        ),
        migrations.RenameField("dailyroot", "previous_root", "previous_seal"),
        migrations.AddField(
            "dailyroot",
            "seal",
            models.CharField(
                default="", help_text="hash over day, root, chains and the previous seal", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "dailyroot",
            "timestamp_token",
            models.BinaryField(help_text="RFC 3161 response over the seal, DER", null=True),
        ),
        migrations.AddField(
            "dailyroot",
            "timestamped_at",
            models.DateTimeField(help_text="the authority's clock", null=True),
        ),
        migrations.RunSQL(REFUSE, FORGET),
        protect("kernel_ledgerentry"),
        protect("kernel_unmaskrecord"),
        protect("kernel_dailyroot", row_events="DELETE"),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only_but_time_stamp BEFORE UPDATE ON kernel_dailyroot
                FOR EACH ROW EXECUTE FUNCTION kernel_refuse_but_time_stamp();
            ALTER TABLE kernel_dailyroot ENABLE ALWAYS TRIGGER append_only_but_time_stamp;
            """,
            "DROP TRIGGER append_only_but_time_stamp ON kernel_dailyroot;",
        ),
    ]
