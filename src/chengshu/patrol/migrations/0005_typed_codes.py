"""A code that was typed in is a way of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrol", "0004_dutylog")]

    operations = [
        migrations.AlterField(
            model_name="checkin",
            name="way",
            field=models.CharField(
                choices=[
                    ("nfc_dynamic", "NFC tag that proved itself"),
                    ("nfc_plain", "Plain NFC tag"),
                    ("qr", "QR code"),
                    ("position", "Position"),
                    ("typed", "Code typed in"),
                ],
                max_length=12,
            ),
        ),
    ]
