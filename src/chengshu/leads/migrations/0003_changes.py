"""Leads in the order of their last change, for systems that keep a copy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_leadpages")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["updated_at", "id"], name="lead_changes"),
        ),
    ]
