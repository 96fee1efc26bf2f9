"""Which terminal may report under a number: another one that names it is refused."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrol", "0005_typed_codes")]

    operations = [
        migrations.AddField(
            model_name="equipment",
            name="identity",
            field=models.CharField(
                blank=True,
                default="",
                help_text="terminal's own identity; its first registration fills it in",
                max_length=30,
            ),
            preserve_default=False,
        ),
    ]
