"""The servers a person has set up: ``servers.json``, and their keys with the secrets."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from lollma_gui.core.server_config import (
    Access,
    AtClose,
    RestartRule,
    ServerConfig,
    is_secret,
)
from lollma_gui.services.json_file import read_json, write_json
from lollma_gui.services.secrets import Secrets

VERSION = 1
_ID = re.compile(r"[A-Za-z0-9-]+")


class ServerStore:
    """Keeps configurations. One call at a time.

    Args:
        path: ``servers.json``; it need not exist.
        secrets: Where keys and secret variables go.
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self._path = path
        self._secrets = secrets
        self._values: dict[str, Any] | None = None
        self._problems: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What was wrong with the file when it was loaded, each as a sentence."""
        return list(self._problems)

    def load(self) -> list[ServerConfig]:
        """All servers, in their order; what cannot be used is left out and reported."""
        self._values, self._problems = read_json(self._path)
        servers = self._values.get("servers", [])
        if not isinstance(servers, list):
            self._problems.append(f"{self._path.name}: “servers” was no list; it begins anew.")
            servers = []
        configs: dict[str, ServerConfig] = {}
        for number, values in enumerate(servers, start=1):
            config = self._config(values) if isinstance(values, dict) else None
            if config is None or config.id in configs:
                self._problems.append(f"{self._path.name}: server {number} cannot be used.")
            else:
                configs[config.id] = config
        return list(configs.values())

    def save(self, configs: Iterable[ServerConfig]) -> None:
        """Save them. What a newer version has put into the file stays there.

        Raises:
            LollmaError: If the file, or a secret, cannot be written.
        """
        if self._values is None:
            self._values, _ = read_json(self._path)
        before = {
            old["id"]: old
            for old in _list(self._values.get("servers"))
            if isinstance(old, dict) and isinstance(old.get("id"), str)
        }
        servers = [before.get(one.id, {}) | self._as_json(one) for one in configs]
        version = self._values.get("version")
        newer = isinstance(version, int) and version > VERSION
        self._values |= {"version": version if newer else VERSION, "servers": servers}
        write_json(self._path, self._values)

    def key(self, server_id: str) -> str:
        """What who connects to a server must know; empty: nothing."""
        return self._secrets.get(f"server:{server_id}:key")

    def set_key(self, server_id: str, key: str) -> None:
        """Keep a server's key; an empty one is forgotten.

        Raises:
            LollmaError: If it cannot be kept.
        """
        self._secrets.set(f"server:{server_id}:key", key)

    def forget(self, config: ServerConfig) -> None:
        """Forget the secrets of a server that is removed.

        Raises:
            LollmaError: If that is not possible.
        """
        self.set_key(config.id, "")
        for name, _ in config.environment:
            if is_secret(name):
                self._secrets.forget(_variable(config.id, name))

    def _as_json(self, config: ServerConfig) -> dict[str, Any]:
        values = {one.name: getattr(config, one.name) for one in fields(config)}
        values["restart"] = vars(config.restart)
        values["options"] = dict(config.options)
        environment: dict[str, str | None] = {}
        for name, value in config.environment:
            environment[name] = None if is_secret(name) else value
            if is_secret(name) and self._secrets.get(_variable(config.id, name)) != value:
                self._secrets.set(_variable(config.id, name), value)
        return values | {"environment": environment}

    def _config(self, values: Mapping[str, Any]) -> ServerConfig | None:
        server_id = values.get("id")
        if not isinstance(server_id, str) or not _ID.fullmatch(server_id):
            return None
        program = values.get("program")
        if not isinstance(program, str) or not program:
            return None
        usable: dict[str, Any] = {"id": server_id, "program": program, "name": program}
        for name, check in _CHECKS.items():
            if name not in values:
                continue
            try:
                usable[name] = check(values[name])
            except (ValueError, TypeError, AttributeError):
                self._problems.append(
                    f"{self._path.name}: {name} of {server_id} cannot be used; it is as at first."
                )
        usable["environment"] = tuple(
            (name, self._secrets.get(_variable(server_id, name)) if value is None else value)
            for name, value in usable.get("environment", ())
        )
        return ServerConfig(**usable)


def _variable(server_id: str, name: str) -> str:
    return f"server:{server_id}:variable:{name}"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_a(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError
        return value

    return check


def _port(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 65535:
        raise ValueError
    return value


def _environment(value: Any) -> tuple[tuple[str, str | None], ...]:
    pairs = tuple(value.items())
    if not all(name and isinstance(said, str | None) for name, said in pairs):
        raise ValueError
    return pairs


def _restart(value: Any) -> RestartRule:
    kinds = {"is_on": bool, "limit": int}
    known = {one.name for one in fields(RestartRule)}
    given = {
        name: kinds.get(name, float)(part) for name, part in dict(value).items() if name in known
    }
    return RestartRule(**given)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _is_a(str),
    "folder": _is_a(str),
    "binary": _is_a(str),
    "port": _port,
    "access": Access,
    "model_path": _is_a(str),
    "autostart": _is_a(bool),
    "restart": _restart,
    "at_close": AtClose,
    "environment": _environment,
    "extra_flags": _is_a(str),
    "options": _is_a(dict),
}
