"""What people of the firm write down about customers: notes, tags, tasks, lists they come back to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.kit.made import Made

PERSON = 510
"""Longest name of a person: an id of 500 characters, of a visitor."""


class Note(Made):
    """A note about one customer. ``person``: the id they had then; see `kit.people.names_of`."""

    person = models.CharField(max_length=PERSON, db_index=True)
    text = models.TextField(_("Note"), max_length=4000)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Tag(Made):
    """A word customers are marked with."""

    name = models.CharField(_("Tag"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tagging(Made):
    """One customer has one tag."""

    person = models.CharField(max_length=PERSON, db_index=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "tag"], name="tagged_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.tag}"


class TagChange(Made):
    """A tag given to, or taken from, many at once; ``rows`` name whom it changed."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="changes")
    added = models.BooleanField()
    count = models.PositiveIntegerField(default=0)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{'+' if self.added else '-'}{self.tag} × {self.count}"


class CardChange(Made):
    """What somebody changed of one customer, from ``before`` to ``after``; "": there was nothing.
    Of an owner the id of the user stands there. ``at_once``: it was one of many. ``written``,
    ``written_by``: of a removed note."""

    TAG, OWNER, NOTE = "tag", "owner", "note"
    KINDS = [(TAG, _("Tag")), (OWNER, _("Looked after by")), (NOTE, _("Note"))]

    person = models.CharField(max_length=PERSON, db_index=True)
    what = models.CharField(max_length=5, choices=KINDS)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    at_once = models.ForeignKey(TagChange, models.CASCADE, null=True, related_name="rows")
    undone = models.BooleanField(default=False)
    written = models.DateTimeField(null=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.person}: {self.before} → {self.after}"


class Task(Made):
    """Something to do for a customer by a day. ``reminded``: when its owner was told by mail."""

    person = models.CharField(max_length=PERSON, db_index=True)
    text = models.CharField(_("What is to be done"), max_length=300)
    due = models.DateField(_("by"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("Who does it"),
    )  # fmt: skip
    done = models.DateTimeField(null=True, blank=True)
    reminded = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due", "pk"]

    def __str__(self) -> str:
        return self.text


class CustomerOwner(Made):
    """Who of the firm looks after a customer."""

    person = models.CharField(max_length=PERSON, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user} for {self.person}"


class CustomerFile(Made):
    """A file kept with one customer. Its bytes lie in the home's ``files`` under ``stored``."""

    person = models.CharField(max_length=PERSON, db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    stored = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name


class Relation(Made):
    """Two customers who have to do with each other. ``kind``: what ``other`` is to ``person``, see
    `related.kinds`."""

    person = models.CharField(max_length=PERSON, db_index=True)
    other = models.CharField(max_length=PERSON, db_index=True)
    kind = models.CharField(max_length=20)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "other", "kind"], name="related_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.other}"


class SavedList(Made):
    """A list somebody comes back to: the address of the list, with a name."""

    name = models.CharField(_("Name"), max_length=80)
    query = models.CharField(max_length=1500)
    shared = models.BooleanField(_("for everybody"), default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Audience(Made):
    """A set of customers. ``base``: the file with its members as of change number ``base_upto``,
    see `audiences.members`."""

    RULE, LIST, QUERY = "rule", "list", "query"
    KINDS = [(RULE, _("by a rule")), (LIST, _("a fixed list")), (QUERY, _("by a query (SQL)"))]

    name = models.CharField(_("Name"), max_length=80, unique=True)
    note = models.CharField(_("What it is for"), max_length=300, blank=True)
    kind = models.CharField(max_length=5, choices=KINDS, default=RULE)
    condition = models.TextField(blank=True)
    query = models.TextField(_("Query"), blank=True)
    base = models.CharField(max_length=120, blank=True)
    base_upto = models.BigIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Listed(models.Model):
    """One customer on the list of one audience."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="listed")
    person = models.CharField(max_length=PERSON, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "person"], name="listed_once")]

    def __str__(self) -> str:
        return self.person


class AudienceChange(models.Model):
    """Somebody came into an audience or left it. ``quiet``: only because two customers turned out
    to be one."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="changes")
    person = models.CharField(max_length=PERSON, db_index=True)
    entered = models.BooleanField()
    quiet = models.BooleanField(default=False)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{'+' if self.entered else '-'}{self.person}"


class Persona(Made):
    """An invented typical customer of an audience. ``measured``: `people.profile.Measured` as dicts,
    of ``measured_of`` customers; ``picture``: a JPEG handed in, else it is drawn as ``look`` says."""

    name = models.CharField(_("Name"), max_length=80, unique=True)
    audience = models.ForeignKey(
        Audience, models.SET_NULL, null=True, related_name="personas", verbose_name=_("Audience")
    )
    kind = models.CharField(_("Kind of customer"), max_length=3, default="b2c")
    quote = models.CharField(_("In one sentence"), max_length=200, blank=True)
    character = models.CharField(_("Character"), max_length=1, blank=True)
    look = models.JSONField(default=dict)
    picture = models.BinaryField(null=True)
    measured = models.JSONField(default=list)
    measured_at = models.DateTimeField(null=True)
    measured_of = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Statement(Made):
    """Something assumed of a persona. ``source``: what speaks for it."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="statements")
    section = models.CharField(max_length=20)
    text = models.CharField(_("Statement"), max_length=300)
    source = models.CharField(_("What speaks for it"), max_length=120, blank=True)

    class Meta:
        ordering = ["created", "pk"]

    def __str__(self) -> str:
        return self.text


class AudiencePass(models.Model):
    """How far the audiences are current; one row. ``heard``: see `core.engines.heard.Heard`."""

    heard = models.JSONField(null=True)
    day = models.DateField(null=True)

    def __str__(self) -> str:
        return str(self.day)


class DuplicatePair(models.Model):
    """Two customers who may be one. ``one`` is the smaller id. ``kept``: into whom they were merged;
    ``by``: who decided."""

    OPEN, MERGED, APART = "open", "merged", "apart"
    STATES = [(OPEN, _("open")), (MERGED, _("merged")), (APART, _("two different customers"))]

    one = models.CharField(max_length=PERSON, db_index=True)
    other = models.CharField(max_length=PERSON, db_index=True)
    score = models.IntegerField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=6, choices=STATES, default=OPEN, db_index=True)
    kept = models.CharField(max_length=PERSON, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-score", "one", "other"]
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="paired_once")]

    def __str__(self) -> str:
        return f"{self.one} = {self.other}?"

    @property
    def gone(self) -> str:
        """Who was merged into the other."""
        return self.other if self.kept == self.one else self.one
