"""No block that is open gives numbers of its year beyond that year."""

from django.db import migrations

ENDS = """
UPDATE cases_numberblock SET expires_at = make_timestamptz(year, 12, 31, 23, 59, 59, 'Asia/Shanghai')
WHERE closed_at IS NULL AND expires_at > make_timestamptz(year, 12, 31, 23, 59, 59, 'Asia/Shanghai')
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_served_offline")]

    operations = [migrations.RunSQL(ENDS, migrations.RunSQL.noop)]
