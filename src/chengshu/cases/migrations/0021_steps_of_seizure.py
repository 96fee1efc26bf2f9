"""Seizures of a period are counted without reading every step."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_steps_of_an_officer")]

    operations = [
        migrations.AddIndex(
            model_name="casestep",
            index=models.Index(fields=["at"], name="step_of_seizure", condition=models.Q(("kind", "seize"))),
        ),
    ]
