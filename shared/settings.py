"""Settings, read once at the door: command options over environment over defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError

ENV_PREFIX = "CATWALK_"


class ServiceSettings(BaseSettings):
    """Base of each service's settings: one frozen object, ``CATWALK_*`` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    log_level: Literal["debug", "info", "warning", "error"] = "info"


_S = TypeVar("_S", bound=ServiceSettings)


def load_settings(kind: type[_S], options: Mapping[str, Any]) -> _S:
    """Make a settings object from command options; those that are None were not given.

    Raises:
        SettingsError: a value cannot be used; the message names the setting and the value.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return kind(**given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise SettingsError(
            f"wrong value of {name}",
            where=f"option --{name.replace('_', '-')} or {ENV_PREFIX}{name.upper()}",
            expected=fault["msg"].removeprefix("Input should be ").removeprefix("Value error, "),
            got=repr(fault["input"]),
        ) from None
