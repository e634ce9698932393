"""What the firm owes and shows: who it is, how long it keeps, what went wrong, who looked."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gern.kit.made import Made

_USER = settings.AUTH_USER_MODEL


def _today() -> date:
    return timezone.now().date()


class Firm(models.Model):
    """Who answers for the data (Art. 4(7)), as letters and certificates name them (pk 1)."""

    name = models.CharField(max_length=200)
    address = models.TextField(max_length=500)
    email = models.EmailField(blank=True)
    officer = models.CharField(max_length=300, blank=True)
    """The data protection officer and how to reach them."""
    authority = models.CharField(max_length=300, blank=True)
    """The supervisory authority."""
    recipients = models.TextField(max_length=2000, blank=True)
    """Who gets personal data, by name (Art. 15(1)(c))."""
    joint = models.TextField(max_length=3000, blank=True)
    """With whom it answers jointly (Art. 26), and the essence of the arrangement, as people read it."""
    logs_looks = models.BooleanField(default=False)
    """Who looks at which customer is written down."""
    keeps_documents = models.BooleanField(default=False)
    """Booking documents lie nowhere but here: § 147 AO wants them kept."""

    def __str__(self) -> str:
        return self.name

    @classmethod
    def known(cls) -> Firm | None:
        """It, once somebody has said who it is."""
        return cls.objects.filter(pk=1).first()


class CustomerLook(models.Model):
    """Somebody of the firm looked at a customer's page."""

    person = models.CharField(max_length=500, db_index=True)
    user = models.ForeignKey(_USER, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("person", "user", "at"), name="look_of"),)

    def __str__(self) -> str:
        return self.person


class Notice(Made):
    """A published version of the privacy notice; never changed."""

    version = models.PositiveIntegerField(unique=True)
    german = models.TextField(blank=True)
    english = models.TextField(blank=True)

    class Meta:
        ordering = ("-version",)

    def __str__(self) -> str:
        return str(self.version)


class Transfer(models.Model):
    """Data about customers that somebody got: a downloaded file, or a day on which a program
    asked (``count`` None, ``recipient`` its name). ``digests``: keyed hashes of whom a file was
    about, see `transfers.services`."""

    day = models.DateField(default=_today, db_index=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")
    what = models.CharField(max_length=100)
    recipient = models.CharField(max_length=200, blank=True)
    count = models.IntegerField(null=True)
    digests = models.BinaryField(default=b"")

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("recipient", "day"),
                condition=models.Q(count=None),
                name="program_once_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.day}"


class Retention(Made):
    """For how long somebody is kept who is heard of no more; then they are erased by night."""

    class Whom(models.TextChoices):
        CUSTOMERS = "customers", _("customers of whom nothing was heard")
        VISITORS = "visitors", _("visitors nobody knows by name")

    whom = models.CharField(max_length=9, choices=Whom.choices, unique=True)
    months = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    why = models.CharField(max_length=300)
    """The reason for this time, as the record of processing names it."""
    on = models.BooleanField(default=False)

    class Meta:
        ordering = ("whom",)

    def __str__(self) -> str:
        return self.whom


class RetentionRun(models.Model):
    """What a night did by a rule."""

    whom = models.CharField(max_length=9, choices=Retention.Whom.choices)
    months = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    day = models.DateField()
    people = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    """Who was kept because something holds them."""

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.people}"


class Breach(Made):
    """Personal data were lost, changed or seen by somebody who must not (Art. 33): what happened, and
    what was done within 72 hours."""

    class Risk(models.TextChoices):
        NONE = "none", _("none for the people")
        SOME = "some", _("a risk: tell the authority")
        HIGH = "high", _("a high risk: tell the authority and the people")

    known = models.DateTimeField()
    """Since when it is known: the 72 hours begin."""
    what = models.TextField(max_length=3000)
    data = models.CharField(max_length=500, blank=True)
    people = models.PositiveIntegerField(null=True, blank=True)
    effects = models.TextField(max_length=3000, blank=True)
    measures = models.TextField(max_length=3000, blank=True)
    risk = models.CharField(max_length=4, choices=Risk.choices, default=Risk.SOME)
    reason = models.CharField(max_length=500, blank=True)
    """Why there is no risk, or why the authority was told late."""
    told_authority = models.DateTimeField(null=True, blank=True)
    told_people = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-known",)

    def __str__(self) -> str:
        return f"B-{self.known:%Y}-{self.pk}"
