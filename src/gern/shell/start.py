"""Starting Django for a home: database, first login, server."""

from __future__ import annotations

import gc
import os
import secrets

from gern.core.errors import BadInput
from gern.core.home import Home


def set_up(home: Home) -> None:
    """Make Django work on this home (once per process)."""
    import django
    from django.apps import apps

    os.environ["GERN_HOME"] = str(home.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gern.shell.settings")
    if not apps.ready:
        django.setup()


def prepare_database(home: Home) -> int:
    """Bring the database to this version, and to what was erased since a backup; the number of
    migrations applied."""
    set_up(home)
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from gern.kit.erasing import erase_again

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    erase_again(home)
    return len(plan)


def first_admin() -> dict[str, str] | None:
    """The login of the first admin, made when there is nobody yet; else None."""
    from django.contrib.auth import get_user_model

    if get_user_model().objects.exists():
        return None
    return save_user("admin@gern.local", "admin", None)


def save_user(email: str, role: str, password: str | None) -> dict[str, str]:
    """Add or change a user; without a password a random one is made."""
    from django.contrib.auth import get_user_model
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    try:
        validate_email(email)
    except ValidationError as error:
        if not email.endswith("@gern.local"):
            raise BadInput(f"{email!r} is no e-mail address.", param="email") from error
    if password is not None and len(password) < 12:
        raise BadInput("The password is too short. At least 12 characters.", param="password")
    password = password or "-".join(secrets.token_hex(3) for _ in range(4))
    users = get_user_model().objects
    user = users.filter(email__iexact=email).first() or get_user_model()(email=email)
    user.role = role
    user.set_password(password)
    user.save()
    return {"email": user.email, "password": password}


def recover_user(email: str) -> dict[str, str]:
    """An admin of this address who can log in, whatever stood in the way. ``BadInput``: no such
    user."""
    from axes.utils import reset
    from django.contrib.auth import get_user_model

    from gern.shell.accounts import second_factor
    from gern.shell.accounts.sessions import end_all

    if not get_user_model().objects.filter(email__iexact=email).exists():
        raise BadInput(
            f"There is no user {email!r}: gern user list. A new one: gern user add.", param="email"
        )
    login = save_user(email, "admin", None)
    user = get_user_model().objects.get(email=login["email"])
    user.is_active, user.own_role = True, None
    user.save(update_fields=["is_active", "own_role"])
    second_factor.remove(user)
    end_all(user)
    reset(username=user.email.lower())
    return login


def can_listen(host: str, port: int) -> bool:
    """Whether the address is free."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def run_server(host: str, port: int) -> None:
    """Serve until stopped."""
    import uvicorn

    from gern.shell.warm import warm_up

    warm_up()
    # what is loaded by now stays: a collection of garbage need not look at it again and again
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    proxies = os.environ.get("GERN_TRUSTED_PROXIES", "")
    uvicorn.run(
        "gern.shell.asgi:application",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        server_header=False,
        loop="uvloop",
        http="httptools",
    )
