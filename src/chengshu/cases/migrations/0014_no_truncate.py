"""Tables of the record are not emptied either; the trigger fires ALWAYS, also for a replica's session."""

from django.db import migrations

TABLES = (
    "cases_casestep",
    "cases_caseevent",
    "cases_evidenceitem",
    "cases_custodyentry",
    "cases_casedocument",
    "cases_documentdraft",
)


def guard(table: str) -> migrations.RunSQL:
    """A trigger against emptying the table."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_truncate;
        """,
        f"DROP TRIGGER append_only_truncate ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_fined_parties"), ("kernel", "0003_append_only")]

    operations = [guard(table) for table in TABLES]
