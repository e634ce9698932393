"""What people lay down about figures: aims, bands, notes, dashboards, reports, links."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.kit.made import Made


class Department(Made):
    """Who answers for targets and dashboards."""

    name = models.CharField(_("Name"), max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Span(models.TextChoices):
    """Over which time a figure is measured, up to a day."""

    MONTH = "month", _("one month")
    QUARTER = "quarter", _("three months")
    YEAR = "year", _("twelve months")


class Target(Made):
    """A figure shall have a value by a day. Measured over ``span`` up to the day looked at.

    ``start_value``: what it was on ``start``, the baseline the way is drawn from.
    """

    class Sense(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        AT_MOST = "at_most", _("at most")

    figure = models.SlugField(max_length=64)
    sense = models.CharField(max_length=8, choices=Sense.choices)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    span = models.CharField(max_length=8, choices=Span.choices, default=Span.QUARTER)
    start = models.DateField()
    start_value = models.FloatField(null=True)
    due = models.DateField()
    department = models.ForeignKey(Department, models.SET_NULL, null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due", "pk"]

    def __str__(self) -> str:
        return f"{self.figure} {self.sense} {self.value} by {self.due}"


class Band(Made):
    """From where to where a figure shall lie in each day, week or month; it replaces the
    catalogue's."""

    figure = models.SlugField(max_length=64, unique=True)
    step = models.CharField(
        max_length=5, choices=[("day", _("a day")), ("week", _("a week")), ("month", _("a month"))]
    )
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.figure}: {self.low} to {self.high}"


class TimeNote(Made):
    """What happened on a day: shown where figures are drawn over time. ``figure`` empty: all."""

    day = models.DateField()
    text = models.CharField(max_length=200)
    figure = models.SlugField(max_length=64, blank=True)

    class Meta:
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"


class Watch(Made):
    """Whether a figure is watched; where nobody said, the usual ones are."""

    figure = models.SlugField(max_length=64, unique=True)
    on = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.figure}: {'on' if self.on else 'off'}"


class Look(models.Model):
    """One look at all watched figures, on a day of the business zone."""

    day = models.DateField(unique=True)
    figures = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)


class Alarm(models.Model):
    """A figure left what was to be expected, or its band, or has no data any more. ``figure``
    empty: there are no data at all since ``day``."""

    class Kind(models.TextChoices):
        ABOVE = "above", _("above what was expected")
        BELOW = "below", _("below what was expected")
        OVER_BAND = "over_band", _("above its band")
        UNDER_BAND = "under_band", _("below its band")
        NO_DATA = "no_data", _("no data")

    figure = models.SlugField(max_length=64, blank=True)
    step = models.CharField(max_length=5)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.FloatField(null=True)
    expected = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    times = models.FloatField(default=0)
    look = models.ForeignKey(Look, models.CASCADE, related_name="alarms")
    seen = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-day", "-times", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["figure", "step", "day"], name="one_alarm_a_step")
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.kind} {self.day}"


class AlarmReader(models.Model):
    """A user who wants the alarms by mail."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.user_id)


class Dashboard(Made):
    """Tiles somebody arranged. ``owner`` sees it alone until it is shared."""

    name = models.CharField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    shared = models.BooleanField(default=False)
    department = models.ForeignKey(Department, models.SET_NULL, null=True, blank=True)
    span = models.CharField(max_length=10, default="3m")

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class SavedPattern(Made):
    """A question of a page of patterns with a name; ``query``: its address without the period, so
    that it is asked anew each time. ``owner`` sees it alone until it is shared."""

    class Page(models.TextChoices):
        COHORTS = "cohorts", _("Who comes back")
        FUNNEL = "funnel", _("Where they fall out")
        STAYING = "staying", _("How long they stay")
        WAYS = "ways", _("Which way they go")
        MOMENTS = "moments", _("Moments that matter")
        AFFINITY = "affinity", _("What goes together")

    name = models.CharField(max_length=100)
    page = models.CharField(max_length=10, choices=Page.choices)
    query = models.CharField(max_length=4000, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class ContestedScore(Made):
    """A customer, or somebody for them, says that a score about them is wrong (Art. 22(3) GDPR). Until
    a person has decided, and afterwards if it is ``upheld``, no list of scores has them. ``person``: the id they had then; see
    `kit.people.names_of`."""

    person = models.CharField(max_length=510, db_index=True)
    why = models.TextField(max_length=2000)
    decision = models.TextField(max_length=2000, blank=True)
    upheld = models.BooleanField(default=False)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.why[:80]


class Tile(models.Model):
    """One figure on a dashboard: as a number, over time or by groups; or a saved pattern in place of
    a figure. ``width``: 1 to 4 of 4."""

    class Kind(models.TextChoices):
        NUMBER = "number", _("number")
        TREND = "trend", _("development")
        GROUPS = "groups", _("broken down")
        PATTERN = "pattern", _("pattern")

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="tiles")
    position = models.PositiveIntegerField()
    figure = models.SlugField(max_length=64, blank=True)
    pattern = models.ForeignKey(SavedPattern, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.NUMBER)
    step = models.CharField(max_length=7, blank=True)
    by = models.CharField(max_length=300, blank=True)
    width = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.figure} ({self.kind})"


class Report(Made):
    """A dashboard by mail, on schedule. ``recipients``: addresses."""

    class Rhythm(models.TextChoices):
        DAILY = "daily", _("every day")
        WEEKLY = "weekly", _("every Monday")
        MONTHLY = "monthly", _("on the 1st of the month")

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="reports")
    rhythm = models.CharField(max_length=7, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    hour = models.PositiveSmallIntegerField(default=7)
    language = models.CharField(max_length=2)
    recipients = models.JSONField(default=list)
    last = models.DateField(null=True)
    """The day it was last handed to the mails."""
    error = models.CharField(max_length=300, blank=True)
    tried = models.DateTimeField(null=True)
    """When it last could not be made."""

    def __str__(self) -> str:
        return f"{self.dashboard} {self.rhythm}"


class SharedLink(Made):
    """A dashboard for somebody without an account: aggregates only, until a day."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    for_whom = models.CharField(max_length=100)
    language = models.CharField(max_length=2)
    expires = models.DateField()
    frames = models.CharField(max_length=500, blank=True)
    """Sites that may embed it, with spaces between."""
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.dashboard} for {self.for_whom}"
