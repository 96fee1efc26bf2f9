from django.db import migrations, models

OUTCOMES = [
    ("", "No outcome yet"),
    ("advised", "Advised and put right on the spot"),
    ("ordered", "Ordered to rectify"),
    ("case", "Case filed"),
    ("passed_on", "Passed on to another body"),
    ("unfounded", "Unfounded"),
    ("not_ours", "Not ours"),
    ("merged", "Joined to another lead"),
    ("split", "Settled in its parts"),
    ("legal", "Found to be lawful"),
]


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_statistics")]

    operations = [
        migrations.AlterField(
            model_name="lead",
            name="outcome",
            field=models.CharField(blank=True, choices=OUTCOMES, max_length=10, verbose_name="outcome"),
        ),
        migrations.AlterField(
            model_name="leadstep",
            name="outcome",
            field=models.CharField(blank=True, choices=OUTCOMES, max_length=10),
        ),
    ]
