"""Steps in which a person acted are found for the duty log without reading them all."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_blocks_end_with_their_year")]

    operations = [
        migrations.AddIndex(
            model_name="casestep",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["officers"], name="step_of_officer", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
