from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "gern.rooms.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.api.routers import add_router
        from gern.kit.finders import add_finder, add_place
        from gern.kit.navigation import Entry, add_entry
        from gern.kit.people import PersonPart, add_guard, add_part
        from gern.kit.subsets import add_subsets
        from gern.rooms.customers import api, finders, stores  # noqa: F401
        from gern.rooms.customers.audiences import jobs as audience_jobs  # noqa: F401
        from gern.rooms.customers.audiences import members as audience_members
        from gern.rooms.customers.duplicates import jobs as duplicate_jobs  # noqa: F401
        from gern.rooms.customers.files import jobs as file_jobs  # noqa: F401
        from gern.rooms.customers.history import jobs as history_jobs  # noqa: F401
        from gern.rooms.customers.history import parts as history
        from gern.rooms.customers.person import owners, parts
        from gern.rooms.customers.personas import jobs as persona_jobs  # noqa: F401
        from gern.rooms.customers.portfolio import jobs as portfolio_jobs  # noqa: F401
        from gern.rooms.customers.tasks import jobs  # noqa: F401

        add_router("", api.router)
        add_subsets(audience_members.listed_audiences, audience_members.audience_subset)
        add_finder(10, _("Customers"), finders.customers)
        add_finder(15, _("Audiences"), finders.audiences)
        add_place("audience_new", _("Make a new audience"), "plus", "editor")
        add_place("audiences", _("Audiences"), "users-round", "editor")
        add_place("personas", _("Personas"), "drama", "viewer")
        add_place("portfolio", _("Portfolio"), "chart-pie", "editor")
        add_place("duplicates", _("Duplicates"), "copy", "editor")
        add_place("tasks", _("Tasks"), "list-checks", "editor")
        add_entry(Entry("customers", _("Customers"), "users", "editor", 12))
        add_guard(owners.only_own)
        add_part(PersonPart("owner", "customers/part_owner.html", parts.owner, 9))
        add_part(PersonPart("tags", "customers/part_tags.html", parts.tags, 10))
        add_part(
            PersonPart(
                "audiences",
                "customers/part_audiences.html",
                parts.audiences,
                15,
                shows=("contact", "revenue"),
            )
        )
        add_part(
            PersonPart(
                "duplicates",
                "customers/part_duplicates.html",
                parts.duplicates,
                5,
                shows=("contact",),
                others=True,
            )
        )
        add_part(
            PersonPart(
                "binding",
                "customers/part_binding.html",
                parts.binding,
                12,
                late=True,
                shows=("revenue",),
            )
        )
        add_part(PersonPart("likes", "customers/part_likes.html", parts.likes, 8, late=True))
        add_part(PersonPart("next", "customers/part_next.html", parts.next_products, 9, late=True))
        add_part(PersonPart("noted", "customers/part_noted.html", parts.contact_noted, 25))
        add_part(
            PersonPart(
                "worth", "customers/part_worth.html", parts.worth, 11, late=True, shows=("revenue",)
            )
        )
        add_part(
            PersonPart(
                "engagement", "customers/part_engagement.html", parts.engagement, 13, late=True
            )
        )
        add_part(
            PersonPart(
                "relations",
                "customers/part_relations.html",
                parts.relations,
                35,
                shows=("contact",),
            )
        )
        add_part(
            PersonPart("files", "customers/part_files.html", parts.files, 60, shows=("notes",))
        )
        add_part(
            PersonPart("tasks", "customers/part_tasks.html", parts.tasks, 20, shows=("notes",))
        )
        add_part(
            PersonPart("notes", "customers/part_notes.html", parts.notes, 30, shows=("notes",))
        )
        add_part(
            PersonPart("traits", "customers/part_traits.html", parts.traits, 40, shows=("contact",))
        )
        add_part(PersonPart("history", "customers/part_history.html", history.history, 70))
        add_part(
            PersonPart(
                "consents", "customers/part_consents.html", parts.consents, 50, shows=("contact",)
            )
        )
