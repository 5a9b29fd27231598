"""Somebody who logs in by e-mail has no phone; addresses are named outside by a reference."""

import paidan.kernel.refs
from django.db import migrations, models
from paidan.kernel.refs import new_ref


def refs_fill(apps, schema_editor):
    address = apps.get_model("customers", "Address")
    for pk in address.objects.filter(ref__isnull=True).values_list("pk", flat=True):
        address.objects.filter(pk=pk).update(ref=new_ref("A"))


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="phone",
            field=models.CharField(blank=True, max_length=16, null=True, unique=True, verbose_name="phone"),
        ),
        migrations.AddField(
            model_name="address",
            name="ref",
            field=models.CharField(max_length=13, null=True),
        ),
        migrations.RunPython(refs_fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="address",
            name="ref",
            field=paidan.kernel.refs.RefField(editable=False, letter="A", max_length=13, unique=True),
        ),
    ]
