"""The house rules of the files of sql/; tests/sql/test_catalogue.py has those of the database."""

from __future__ import annotations

import re
from collections.abc import Callable

from local.schema import SQL
from local.sources import domains, function_files

# No functions: the sweep where pg_cron is to be had, and what a new project brings.
WITHOUT_FUNCTION = {"schedule.sql", "usual_consent_words.sql", "usual_rules.sql"}
LONGEST_FUNCTION = 50
LONGEST_LINE = 100

FUNCTION = re.compile(
    r"""
    ^create\ or\ replace\ function\ (?P<schema>public|private)\.(?P<name>\w+)\(
    (?P<parameters>[^$]*?)\)\n
    returns\ (?P<returns>[^$]+?)\n
    language\ (?P<language>sql|plpgsql)\n
    (?P<volatility>volatile|stable|immutable)\n
    security\ (?P<security>invoker|definer)\n
    set\ search_path\ =\ ''\n
    (?:set\ \w+\ =\ \S+\n)*
    as\ \$\$\n(?P<body>.*?)^\$\$;$
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
CREATES_FUNCTION = re.compile(r"^create (?:or replace )?function", re.MULTILINE)
DECLARED = re.compile(r"^declare\n(.*?)^begin\n", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"\b(?:public|private)\.(\w+)\s*\(")
PARAMETER = re.compile(r"(?:^|,)\s*(\w+) ", re.MULTILINE)
LOCAL = re.compile(r"^  (\w+) ", re.MULTILINE)
SHOUTED = re.compile(r"(?<!')\b(SELECT|FROM|WHERE|CREATE|BEGIN|RETURNS|INSERT|UPDATE|DELETE)\b")

FILES = [path for domain in domains(SQL) for path in function_files(SQL / domain)]
FUNCTION_FILES = [path for path in FILES if path.name not in WITHOUT_FUNCTION]
HOME = {path.stem: path.parent.name for path in FUNCTION_FILES}
ORDER = domains(SQL)


def offenders(is_right: Callable[[re.Match[str], str], object]) -> list[str]:
    """Gives the function files of which the rule, asked with match and text, says no."""
    return [
        f"{path.parent.name}/{path.name}"
        for path in FUNCTION_FILES
        if not ((found := FUNCTION.search(path.read_text())) and is_right(found, path.read_text()))
    ]


def test_headers_say_everything_in_one_order():
    assert offenders(lambda found, text: True) == []


def test_a_file_holds_the_one_function_of_its_name():
    names = [path.stem for path in FUNCTION_FILES]
    assert [FUNCTION.search(path.read_text())["name"] for path in FUNCTION_FILES] == names
    assert offenders(lambda found, text: len(CREATES_FUNCTION.findall(text)) == 1) == []


def test_functions_are_commented_in_their_files():
    def is_right(found: re.Match[str], text: str) -> bool:
        return f"\ncomment on function {found['schema']}.{found['name']} is" in text

    assert offenders(is_right) == []


def test_functions_are_taken_from_everybody_in_their_files():
    everybody = {"private": "public", "public": "public, anon, authenticated, service_role"}

    def is_right(found: re.Match[str], text: str) -> bool:
        name = rf"{found['schema']}\.{found['name']}"
        pattern = rf"^revoke all on function {name}\s+from {everybody[found['schema']]};$"
        return bool(re.search(pattern, text, re.MULTILINE))

    assert offenders(is_right) == []


def test_functions_are_short():
    assert offenders(lambda found, text: found.group().count("\n") < LONGEST_FUNCTION) == []


def test_parameters_and_locals_cannot_be_mistaken_for_columns():
    def is_right(found: re.Match[str], text: str) -> bool:
        declared = DECLARED.search(found["body"])
        return all(name.startswith("p_") for name in PARAMETER.findall(found["parameters"])) and (
            not declared or all(name.startswith("v_") for name in LOCAL.findall(declared[1]))
        )

    assert offenders(is_right) == []


def test_a_definer_says_why():
    def is_right(found: re.Match[str], text: str) -> bool:
        before = text[: found.start()]
        return found["security"] == "invoker" or "-- Security definer: " in before

    assert offenders(is_right) == []


def test_calls_go_to_the_same_or_an_earlier_domain():
    later = [
        f"{path.parent.name}/{path.name} calls {name}"
        for path in SQL.rglob("*.sql")
        for name in CALL.findall(path.read_text())
        if name in HOME and ORDER.index(HOME[name]) > ORDER.index(path.parent.name)
    ]
    assert later == []


def test_only_what_exists_is_called():
    called = re.compile(r"\b(?:perform|select|:=|=|\(|,)\s+private\.(\w+)\(")
    unknown = {
        f"{path.parent.name}/{path.name} calls {name}"
        for path in FUNCTION_FILES
        for name in called.findall(path.read_text())
        if name not in HOME
    }
    assert unknown == set()


def test_lines_are_short():
    long = [
        f"{path.parent.name}/{path.name}:{number}"
        for path in SQL.rglob("*.sql")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


def test_nobody_shouts():
    assert [path.name for path in SQL.rglob("*.sql") if SHOUTED.search(path.read_text())] == []


def test_platform_schemas_are_used_and_never_changed():
    changes = re.compile(
        r"\b(create|alter|drop)\s+(table|function|index|schema|type|view)\s+"
        r"(if (not )?exists )?(auth|storage|realtime|vault)\b"
    )
    assert [path.name for path in SQL.rglob("*.sql") if changes.search(path.read_text())] == []
