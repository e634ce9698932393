"""What customers are contacted for, who must not be; what people ask for, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.core.consent.purpose import ADVERTISING, SERVICE
from gern.core.consent.purpose import Purpose as Terms
from gern.kit.made import Made

_USER = settings.AUTH_USER_MODEL


class Purpose(models.Model):
    """What customers are contacted for. ``id``: as consents name it; ``called``: other names it has
    in them, one a line."""

    KINDS = (
        (ADVERTISING, _("advertising, surveys included: needs a consent")),
        (SERVICE, _("needed for a contract: order, delivery, account")),
    )

    id = models.CharField(
        primary_key=True,
        max_length=60,
        validators=[RegexValidator(r"^(?!new$)[a-z0-9][a-z0-9_-]*$")],
    )
    name = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    """What is sent and how often, as customers read it."""
    called = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=KINDS, default=ADVERTISING)
    needs_proof = models.BooleanField(default=True)
    own_goods = models.BooleanField(default=False)
    told_since = models.DateField(null=True, blank=True)
    changed = models.DateTimeField(auto_now=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("kind", "name")

    def __str__(self) -> str:
        return self.name

    def terms(self) -> Terms:
        """As the gate takes it."""
        return Terms(
            self.id, tuple(filter(None, map(str.strip, self.called.splitlines()))), self.kind,
            self.needs_proof, self.own_goods, self.told_since,
        )  # fmt: skip


class Restriction(models.Model):
    """Somebody's data are locked (Art. 18): they are not contacted."""

    person = models.CharField(max_length=500, unique=True)
    why = models.CharField(max_length=300)
    since = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.person


class Suppressed(models.Model):
    """An address that must not be written to or called, as a keyed hash: it stays when the person
    is erased, so that no import brings them back (Art. 21)."""

    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=8)
    since = models.DateTimeField()
    why = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("digest", "channel"), name="one_suppression"),
        )

    def __str__(self) -> str:
        return self.digest


class PreferenceLink(models.Model):
    """The link by which a customer reaches their own choices, by its fingerprint; it never ends."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.digest


class DataLink(models.Model):
    """A link by which a customer sees their own data, by its fingerprint; it ends within a day."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.CharField(max_length=500, db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


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
    logs_looks = models.BooleanField(default=False)
    """Who looks at which customer is written down."""
    keeps_documents = models.BooleanField(default=False)
    """Booking documents lie nowhere but here: § 147 AO wants them kept."""

    def __str__(self) -> str:
        return self.name


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


class Hold(Made):
    """Why somebody must not be erased for now (Art. 17(3))."""

    KINDS = (
        ("invoice", _("an open invoice")),
        ("dispute", _("a dispute")),
        ("tax", _("a tax audit or a suspended period")),
        ("other", _("another legal duty or claim")),
    )

    person = models.CharField(max_length=500, db_index=True)
    kind = models.CharField(max_length=8, choices=KINDS)
    why = models.CharField(max_length=300)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.person


class Erasure(Made):
    """Somebody is erased. ``people``: whom, until it is done. ``plan``: what was found and what
    becomes of it, in numbers; ``certificate``: what was done, without a name."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("not done")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    people = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    certificate = models.JSONField(default=dict)
    hash = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=300, blank=True)
    """Why it was not done."""
    request = models.ForeignKey("Request", models.SET_NULL, null=True, related_name="erasures")
    done = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As letters name it."""
        return f"E-{self.created:%Y%m%d}-{self.id.hex[:6].upper()}"


class Sealed(models.Model):
    """What a law wants kept of somebody who was erased: encrypted, opened only with a reason.
    ``digests``: keyed hashes of their ids."""

    erasure = models.ForeignKey(Erasure, models.SET_NULL, null=True, related_name="sealed")
    mark = models.CharField(max_length=64, unique=True)
    """Keyed hash of the content: the same is sealed once."""
    digests = models.JSONField()
    year = models.PositiveSmallIntegerField()
    records = models.PositiveIntegerField()
    until = models.DateField()
    content = models.TextField()

    class Meta:
        ordering = ("year", "pk")

    def __str__(self) -> str:
        return f"{self.year}-{self.pk}"


class Opening(Made):
    """Somebody opened what was sealed."""

    sealed = models.ForeignKey(Sealed, models.CASCADE, related_name="openings")
    why = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.why


class Request(Made):
    """What somebody asks for about their data (Art. 15 to 21), and until when it is answered."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("access (Art. 15)")
        RECTIFICATION = "rectification", _("rectification (Art. 16)")
        ERASURE = "erasure", _("erasure (Art. 17)")
        RESTRICTION = "restriction", _("restriction (Art. 18)")
        PORTABILITY = "portability", _("portability (Art. 20)")
        OBJECTION = "objection", _("objection (Art. 21)")

    class Way(models.TextChoices):
        FORM = "form", _("the form")
        EMAIL = "email", _("e-mail")
        LETTER = "letter", _("letter")
        PHONE = "phone", _("phone")
        PERSON = "person", _("in person")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused")

    kind = models.CharField(max_length=13, choices=Kind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    received = models.DateField()
    extended = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed = models.DateField(null=True, blank=True)
    person = models.CharField(max_length=500, blank=True, db_index=True)
    """The customer, once it is known who it is."""
    name = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    """Where the answer goes, as they gave it."""
    text = models.TextField(max_length=5000, blank=True)
    identity = models.CharField(max_length=300, blank=True)
    """How it is known that it is them; empty: not known yet."""
    forgotten = models.BooleanField(default=False)
    """The person was erased: nothing more about them is written down."""

    class Meta:
        ordering = ("state", "received", "pk")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As letters name it."""
        return f"R-{self.received:%Y}-{self.pk}"


class Step(Made):
    """What was done for a request."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="steps")
    what = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.what


class Package(Made):
    """All data of somebody, made for a request: a file of the home, fetched by link and code."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="packages")
    file = models.CharField(max_length=80, blank=True)
    """Empty: being made, or gone."""
    size = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    expires = models.DateTimeField(null=True)
    token = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=64, blank=True)
    """Fingerprints of the link and of the code."""
    tries = models.PositiveSmallIntegerField(default=0)
    fetched = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.file


class SignupForm(Made):
    """A form by which people say that they want e-mail; ``id`` is its address. Whatever of it people
    read has a version."""

    id = models.SlugField(
        primary_key=True, max_length=60, validators=[RegexValidator(r"^(?!new$|confirm$)")]
    )
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=2000)
    """The words beside the box, exactly."""
    purposes = models.ManyToManyField(Purpose, related_name="+")
    notice = models.URLField(max_length=500)
    """The privacy notice the form links to."""
    notice_version = models.CharField(max_length=40)
    language = models.CharField(max_length=2, choices=(("de", "Deutsch"), ("en", "English")))
    frames = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    on = models.BooleanField(default=True)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class Signup(models.Model):
    """Somebody signed up: what they read and did, as a court wants to see it. Not confirmed, it is
    deleted after a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    form = models.ForeignKey(SignupForm, models.PROTECT, related_name="signups")
    form_version = models.PositiveIntegerField()
    shown = models.JSONField()
    """Title, text of the box, notice and its version, purposes: as they were read."""
    url = models.CharField(max_length=500, blank=True)
    """The page the form stood on."""
    email = models.EmailField(db_index=True)
    name = models.CharField(max_length=120, blank=True)
    asked = models.DateTimeField(auto_now_add=True)
    asked_ip = models.CharField(max_length=45, blank=True)
    token = models.CharField(max_length=64, unique=True)
    mail = models.TextField(blank=True)
    """The confirmation mail as it was sent, and its Message-ID."""
    message_id = models.CharField(max_length=200, blank=True)
    confirmed = models.DateTimeField(null=True)
    confirmed_ip = models.CharField(max_length=45, blank=True)
    person = models.CharField(max_length=500, blank=True, db_index=True)

    class Meta:
        ordering = ("-asked",)

    def __str__(self) -> str:
        return str(self.id)


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
