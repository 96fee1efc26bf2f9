"""Events, the sequence of their positions, and the word to whoever gives positions."""

from django.db import migrations, models

import chengshu.kernel.models.events

ADD = """
CREATE SEQUENCE kernel_event_position AS bigint OWNED BY kernel_event.position;

CREATE FUNCTION kernel_event_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('chengshu_event', '');
    RETURN NULL;
END $$;

CREATE TRIGGER tell_sequencer AFTER INSERT ON kernel_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_event_notify();
"""
REMOVE = """
DROP TRIGGER tell_sequencer ON kernel_event;
DROP FUNCTION kernel_event_notify();
DROP SEQUENCE kernel_event_position;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_append_only")]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.BigIntegerField(help_text="place in the order of commit", null=True, unique=True),
                ),
                ("topic", models.TextField(help_text="what kind of thing, e.g. lead; see register_topic")),
                ("district_id", models.BigIntegerField()),
                ("squad_id", models.BigIntegerField(null=True)),
                ("subject", models.TextField(db_default="", help_text="the record, e.g. lead:123")),
                ("data", models.JSONField(db_default={})),
                ("at", models.DateTimeField(db_default=chengshu.kernel.models.events.ClockTimestamp())),
            ],
            options={
                "ordering": ["position"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("position__isnull", True)), fields=["id"], name="event_waiting"
                    )
                ],
            },
        ),
        migrations.RunSQL(ADD, REMOVE),
    ]
