"""What platforms' codes mean."""

from __future__ import annotations

import pytest

from romashka.channels import messaging_errors, meta
from tests.sql.rows import call

CLASSES = [
    ("whatsapp", "130429", "throttled"),
    ("whatsapp", "131056", "throttled"),
    ("whatsapp", "131016", "transient"),
    ("whatsapp", "131047", "window"),
    ("whatsapp", "131026", "recipient"),
    ("whatsapp", "131050", "recipient"),
    ("whatsapp", "132001", "content"),
    ("whatsapp", "131062", "content"),
    ("whatsapp", "190", "account"),
    ("messenger", "230", "recipient"),
    ("messenger", "10", "account"),
    ("messenger", "10/2018278", "window"),
    ("messenger", "100/2018001", "recipient"),
    ("instagram", "551", "recipient"),
    ("messenger", "100/2018108", "recipient"),
    ("messenger", "10/2018218", "recipient"),
    ("whatsapp", "80006", "throttled"),
    ("instagram", "613", "throttled"),
    ("instagram", "999999999999", "unknown"),
    ("telegram", "429", "throttled"),
    ("telegram", "403", "recipient"),
    ("telegram", "unreachable", "recipient"),
    ("email", "bad_address", "recipient"),
    ("email", "reconnect_needed", "account"),
    ("telegram", "pace", "throttled"),
    ("whatsapp", "storage", "transient"),
    ("telegram", "400", "content"),
    ("telegram", "401", "account"),
    ("telegram", "502", "transient"),
    ("telegram", "???", "unknown"),
    ("email", "421", "transient"),
    ("email", "4.7.1", "throttled"),
    ("email", "550", "recipient"),
    ("email", "5.1.1", "recipient"),
    ("email", "552", "content"),
    ("email", "535", "account"),
    ("email", "5.7.8", "account"),
    ("email", "hello", "unknown"),
    ("whatsapp", "no_address", "recipient"),
    ("telegram", "too_long", "content"),
    ("email", "account_not_configured", "account"),
    ("instagram", "window", "window"),
    ("website", "1", "unknown"),
    ("whatsapp", None, "unknown"),
]


@pytest.mark.parametrize(("channel_type", "code", "expected"), CLASSES)
def test_a_code_has_its_class(db, channel_type, code, expected):
    assert call(db, "private.failure_class", channel_type, code) == expected


def known_codes():
    """Every code that the adapters know, with the class that follows from what they do with it."""
    persons = messaging_errors.PERSON_CODES | messaging_errors.PERSON_SUBCODES
    return {
        "throttled": {*meta.THROTTLED},
        "transient": {*meta.PASSING, *messaging_errors.TEMPORARY},
        "account": {*meta.ACCOUNT} - persons,
        "recipient": {*persons},
        "window": {*messaging_errors.WINDOW_SUBCODES},
    }


@pytest.mark.parametrize("expected", known_codes())
def test_the_adapters_codes_have_the_class_of_what_they_do(db, expected):
    found = {
        code: call(db, "private.failure_class", "messenger", str(code))
        for code in known_codes()[expected]
    }
    assert found == dict.fromkeys(found, expected)
