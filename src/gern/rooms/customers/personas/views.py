"""Personas: all of them, one as a page and as a file, drawn, measured, filled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.core.text import Text
from gern.kit import formats
from gern.kit.access import allow, may
from gern.kit.errors import said
from gern.kit.inputs import number, one_line
from gern.kit.shop import current_shop
from gern.kit.templatetags.kit import day_aware
from gern.rooms.customers.models import Audience, Persona, Statement
from gern.rooms.customers.personas import services
from gern.rooms.customers.personas.jobs import measure_persona
from gern.rooms.customers.personas.page import Block, Line, Page, as_file
from gern.rooms.customers.personas.portrait import LOOKS, NAMES, drawn, inner_svg, look_of
from gern.rooms.customers.personas.sections import CHARACTERS, KINDS, of_kind

MOST_AT_ONCE = 1_000_000
"""With more rows in the log it is measured in the background."""
TYPES = {"png": "image/png", "pdf": "application/pdf"}


@allow("viewer")
@require_safe
def personas(request: HttpRequest) -> HttpResponse:
    """All personas."""
    found = [
        (one, _portrait(one))
        for one in Persona.objects.select_related("audience").defer("measured")
    ]
    context = {
        "personas": found,
        "audiences": Audience.objects.exists(),
        "may_change": may(request.user, "editor", "customers"),
        "section": "customers",
    }
    return render(request, "customers/personas.html", context)


@allow("viewer")
@require_safe
def persona(request: HttpRequest, pk: int) -> HttpResponse:
    """One persona: what is measured, what is assumed."""
    found = get_object_or_404(Persona.objects.select_related("audience"), pk=pk)
    context = {
        "persona": found,
        "portrait": _portrait(found),
        "chapters": _chapters(found),
        "character": CHARACTERS.get(found.character),
        "kind": dict(KINDS).get(found.kind),
        "may_change": may(request.user, "editor", "customers"),
        "section": "customers",
    }
    return render(request, "customers/persona.html", context)


@allow("viewer")
@require_safe
def persona_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One page as PDF or PNG."""
    found = get_object_or_404(Persona.objects.select_related("audience"), pk=pk)
    if kind not in TYPES:
        raise Http404
    content = as_file(_page(found, current_shop()), kind)  # type: ignore[arg-type]
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="persona-{found.pk}.{kind}"'
    return response


@allow("viewer")
@require_safe
def persona_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture handed in."""
    found = get_object_or_404(Persona, pk=pk)
    if not found.picture:
        raise Http404
    response = HttpResponse(bytes(found.picture), content_type="image/jpeg")
    response["Content-Disposition"] = "attachment"
    return response


@allow("editor", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def persona_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Draw a new persona, or change one."""
    shop = current_shop()
    found = get_object_or_404(Persona, pk=pk) if pk else None
    form: dict[str, Any] = _posted(request) if request.method == "POST" else _shown(request, found)
    problem = ""
    if request.method == "POST":
        try:
            made = _made(request, shop, form, found)
        except BadInput as error:
            problem = said(error)
        else:
            if made.measured_at is None:
                _measure(request, shop, made)
            return redirect("persona", made.pk)
    look = look_of(form["look"])
    context = {
        "persona": found,
        "form": form,
        "problem": problem,
        "audiences": Audience.objects.all(),
        "kinds": KINDS,
        "characters": CHARACTERS.items(),
        "looks": [(key, name, look[key], [(c, NAMES.get(c, label)) for c, label in choices.items()])
                  for key, (name, choices) in LOOKS.items()],
        "portrait": mark_safe(drawn(look)),  # noqa: S308 - nothing of it was typed
        "section": "customers",
    }  # fmt: skip
    return render(request, "customers/persona_edit.html", context, status=400 if problem else 200)


@allow("editor", people=False)
@require_safe
def persona_portrait(request: HttpRequest) -> HttpResponse:
    """How a look would be drawn, while it is being chosen."""
    inner = mark_safe(drawn(look_of(request.GET.dict())))  # noqa: S308 - nothing of it was typed
    return render(request, "customers/persona_portrait.html", {"portrait": inner})


@allow("editor", people=False)
@require_POST
def persona_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Measure it anew."""
    found = get_object_or_404(Persona, pk=pk)
    _measure(request, current_shop(), found)
    return redirect("persona", pk)


@allow("editor", people=False)
@require_POST
def persona_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what is assumed."""
    found, section = get_object_or_404(Persona, pk=pk), request.POST.get("section", "")
    text, source = (one_line(request.POST.get(k, ""), n) for k, n in (("text", 300), ("source", 120)))  # fmt: skip
    try:
        services.assume(current_shop(), found, section, text, source, request.user)
    except BadInput as error:
        messages.error(request, said(error))
        section = ""
    return redirect(f"{reverse('persona', args=[pk])}{'#' + section if section else ''}")


@allow("editor", people=False)
@require_POST
def persona_statement_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an assumption away."""
    statement = get_object_or_404(Statement, pk=pk)
    statement.delete()
    return redirect(f"{reverse('persona', args=[statement.persona_id])}#{statement.section}")


@allow("editor", people=False)
@require_POST
def persona_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a persona away; the audience stays."""
    found = get_object_or_404(Persona, pk=pk)
    found.delete()
    messages.success(request, _("The persona “%(name)s” is gone.") % {"name": found.name})
    return redirect("personas")


def _measure(request: HttpRequest, shop: Shop, found: Persona) -> None:
    if shop.log.stats()["rows"] > MOST_AT_ONCE:
        measure_persona.enqueue(found.pk)
        messages.success(request, _("It is being measured; with many customers this takes a minute."))  # fmt: skip
    else:
        services.measure(shop, found)


def _made(request: HttpRequest, shop: Shop, form: dict[str, Any], found: Persona | None) -> Persona:
    picture = request.FILES.get("picture")
    if picture and not request.POST.get("nobody"):
        raise BadInput(
            "A picture needs the confirmation that it shows no customer. Nothing was changed.",
            param="picture",
            german="Ein Bild braucht die Bestätigung, dass es keinen Kunden zeigt. Es wurde nichts geändert.",
        )  # fmt: skip
    return services.draw(
        shop, name=form["name"], audience=Audience.objects.filter(pk=number(form["audience"])).first(),
        kind=form["kind"], quote=form["quote"], character=form["character"], look=form["look"],
        by=request.user, persona=found, picture=picture or None,
        back_to_drawn=bool(request.POST.get("drawn")),
    )  # fmt: skip


def _posted(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    return {
        "name": one_line(sent.get("name", ""), 80), "audience": sent.get("audience", ""),
        "kind": sent.get("kind", ""), "quote": one_line(sent.get("quote", ""), 200),
        "character": sent.get("character", ""), "look": {key: sent.get(key, "") for key in LOOKS},
    }  # fmt: skip


def _shown(request: HttpRequest, found: Persona | None) -> dict[str, Any]:
    if found is None:
        audience = request.GET.get("audience", "")
        return {"name": "", "audience": audience, "kind": "b2c", "quote": "", "character": "", "look": {}}  # fmt: skip
    return {
        "name": found.name, "audience": str(found.audience_id or ""), "kind": found.kind,
        "quote": found.quote, "character": found.character, "look": found.look,
    }  # fmt: skip


def _portrait(found: Persona) -> str:
    return mark_safe(drawn(found.look)) if not found.picture else ""  # noqa: S308 - nothing of it was typed


def _measured(found: Persona, section: str) -> list[tuple[str, str, int]]:
    """(what it is, what was found, of how many)."""
    return [
        (formats.text(Text(*one["label"])), formats.text(Text(*one["value"])), one["n"])
        for one in found.measured
        if one["section"] == section
    ]


def _chapters(found: Persona) -> list[tuple[Any, list[tuple[Any, list[Any], list[Statement]]]]]:
    statements = list(found.statements.select_related("by"))
    return [
        (chapter, [
            (section, _measured(found, section.id), [s for s in statements if s.section == section.id])
            for section in sections
        ])
        for chapter, sections in of_kind(found.kind)
    ]  # fmt: skip


def _page(found: Persona, shop: Shop) -> Page:
    """The persona for one page; sections of which nothing is known are left out."""
    blocks = []
    day = day_aware(found.measured_at, shop.zone)
    for _chapter, sections in _chapters(found):
        for section, measured, assumed in sections:
            lines = [
                Line(f"{label}: {value}",
                     _("measured on %(day)s, n = %(n)s") % {"day": day, "n": formats.number(n)}, True)
                for label, value, n in measured
            ] + [
                Line(one.text, _mark(one, shop), False) for one in assumed
            ]  # fmt: skip
            if lines:
                blocks.append(Block(str(section.name), lines))
    character = CHARACTERS.get(found.character)
    if character:
        mark = _("assumed on %(day)s") % {"day": day_aware(found.created, shop.zone)}
        blocks.append(Block(_("Character"), [
            Line(f"{character.name}: {character.what}", mark, False),
            Line(_("What makes them buy: %(triggers)s") % {"triggers": character.triggers}, mark, False),
        ]))  # fmt: skip
    facts = [str(dict(KINDS).get(found.kind, ""))]
    if found.audience and found.measured_of:
        of = ngettext("%(n)s customer", "%(n)s customers", found.measured_of)
        of = of % {"n": formats.number(found.measured_of)}
        facts.append(_("drawn from the audience “%(audience)s”, %(of)s") % {"audience": found.audience.name, "of": of})  # fmt: skip
    foot = _(
        "● measured   ○ assumed   ·   An invented typical customer: nobody of this name exists."
    )
    quote = _("“%(quote)s”") % {"quote": found.quote} if found.quote else ""
    return Page(found.name, quote, facts, inner_svg(found.picture, found.look), blocks, foot)


def _mark(one: Statement, shop: Shop) -> str:
    said_on = _("assumed on %(day)s") % {"day": day_aware(one.created, shop.zone)}
    return f"{said_on} · {one.source}" if one.source else said_on
