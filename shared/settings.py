"""Settings, read once at the door: command options over environment over defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError
from shared.tokens import check_token, read_token

ENV_PREFIX = "CATWALK_"
SECRETS = frozenset({"token"})
"""Settings that are no option, because ``ps`` shows those to everyone, and that no error quotes."""


class ServiceSettings(BaseSettings):
    """Base of each service's settings: one frozen object, ``CATWALK_*`` in the environment.

    ``token`` is what the consumer shows and the producer asks for; it comes from ``token_file``
    where there is one, otherwise from CATWALK_TOKEN.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    token: Annotated[SecretStr, AfterValidator(check_token)] | None = None
    token_file: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="before")
    @classmethod
    def _read_token(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("token_file")
        return values if path is None else {**values, "token": read_token(Path(path))}


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
        # Of a list, the whole is the setting.
        name = str(fault["loc"][0])
        variable = f"{ENV_PREFIX}{name.upper()}"
        secret = name in SECRETS
        raise SettingsError(
            f"wrong value of {name}",
            where=variable if secret else f"option --{name.replace('_', '-')} or {variable}",
            expected=fault["msg"]
            .removeprefix("Input should be ")
            .removeprefix("Value error, ")
            .replace("String should match pattern", "text that matches"),
            got=None if secret else repr(fault["input"]),
        ) from None
