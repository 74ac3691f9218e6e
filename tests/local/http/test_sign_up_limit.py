"""One address may sign up often, and not without end."""

from __future__ import annotations

import pytest

from local.gateway.auth.limits import SignUpLimit
from local.gateway.errors import AuthError


def test_an_address_over_its_limit_is_refused():
    limit = SignUpLimit(per_hour=3)
    for _ in range(3):
        limit.take("192.0.2.1")
    with pytest.raises(AuthError) as refused:
        limit.take("192.0.2.1")
    assert refused.value.status == 429
    assert refused.value.body["error_code"] == "over_request_rate_limit"


def test_another_address_has_its_own_limit():
    limit = SignUpLimit(per_hour=1)
    limit.take("192.0.2.1")
    limit.take("192.0.2.2")
