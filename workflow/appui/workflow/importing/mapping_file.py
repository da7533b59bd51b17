"""Mapping files: small TOML files that say how a service's own table is to be read. Pure."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from appui.states.errors import InvalidData
from appui.states.fields import clean_text
from appui.states.wording import listed

FILE_MAX_BYTES = 1 << 20
FAULTS_MAX = 100


def read_toml(content: bytes) -> dict[str, Any]:
    """Return the plain data of a mapping file. InvalidData when it is too large, not in UTF-8 or no TOML."""
    if len(content) > FILE_MAX_BYTES:
        raise InvalidData([("", "Le fichier de correspondance est trop grand : 1 Mio au plus.")])
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"Le fichier de correspondance n'est pas en UTF-8 (ligne {line}) : enregistrez-le en UTF-8."
        raise InvalidData([("", text)]) from error
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = "" if place is None else f" (ligne {place[1]}, colonne {place[2]})"
        text = f"Le fichier de correspondance n'est pas du TOML valide{where} : vérifiez guillemets, crochets et clés."
        raise InvalidData([("", text)]) from error


class KeyReader:
    """Reads plain data key by key and gathers the faults."""

    def __init__(self) -> None:
        self.faults: list[tuple[str, str]] = []

    def check_keys(self, table: Mapping[str, Any], known: Collection[str], prefix: str) -> None:
        """Note the keys of a table that are not known."""
        for key in table:
            if key not in known:
                self.faults.append((prefix + key[:60], _unknown_key(key, known)))

    def text(self, table: Mapping[str, Any], key: str, path: str) -> str:
        """Return the text of a key that has to be there, empty when it is none."""
        if key not in table:
            self.faults.append((path, "clé obligatoire absente."))
            return ""
        return self._text(table[key], path)

    def texts(self, table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
        """Return the texts of a list, none when the key is absent."""
        values = table.get(key, [])
        if not isinstance(values, list):
            self.faults.append((path, 'attendu une liste de textes, par exemple ["Convention signée"].'))
            return ()
        return tuple(self._text(value, f"{path}[{place}]") for place, value in enumerate(values))

    def one_of(self, values: Iterable[str], known: Collection[str], path: str) -> None:
        """Note the values that are not known; empty ones have been noted before."""
        for value in values:
            if value and value not in known:
                near = difflib.get_close_matches(value, known, n=1)
                self.faults.append((path, f"« {value} » n'est pas connu ici ; {_help(near, known)}"))

    def _text(self, value: object, path: str) -> str:
        try:
            return clean_text(value, label=path.rpartition(".")[2], path=path)
        except InvalidData as invalid:
            self.faults += invalid.errors
            return ""

    def check(self) -> None:
        """Raise InvalidData when there is any fault."""
        if self.faults:
            raise InvalidData(self.faults[:FAULTS_MAX])


def _unknown_key(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"clé inconnue ; {_help(near, known)}"


def _help(near: Sequence[str], known: Collection[str]) -> str:
    return f"vouliez-vous dire « {near[0]} » ?" if near else f"attendu {listed(list(known), last='ou')}."
