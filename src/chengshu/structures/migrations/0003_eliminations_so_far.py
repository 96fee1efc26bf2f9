"""What counted so far is taken over from the entries."""

from django.db import migrations, models

COUNTED = ("write_off", "legalise", "defer")


def take_over(apps, schema_editor):
    """What counted so far stood in two columns of the entry; what came back in a later year leaves them."""
    Structure = apps.get_model("structures", "Structure")
    Elimination = apps.get_model("structures", "Elimination")
    rows = Structure.objects.filter(eliminated_on__isnull=False, disposal__in=COUNTED).order_by("pk")
    Elimination.objects.bulk_create(
        (
            Elimination(
                structure=one, district_id=one.district_id, town_id=one.town_id, kind=one.disposal,
                on=one.eliminated_on, area_m2=one.area_m2, types=one.types, key_task=one.key_task,
            )
            for one in rows.iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )  # fmt: skip
    rows.filter(status="pending").update(disposal="", eliminated_on=None, version=models.F("version") + 1)


class Migration(migrations.Migration):
    dependencies = [("structures", "0002_eliminations")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
