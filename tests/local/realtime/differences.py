"""Where our server does something else than the real one, on purpose. Nothing else may differ."""

from __future__ import annotations

from tests.local.realtime.scenes import Difference, refusal, reply

DIFFERENCES = {
    "torn JSON": Difference(
        ours={"ada": [reply("error", {})]},
        why="Passed on as it is, it would be a frame that version 1 clients cannot parse.",
    ),
    "after a forced close": Difference(
        ours={"ada": [refusal("unmatched topic", join_ref="")]},
        why="The real server loses what comes while it closes a channel; ours has closed it.",
    ),
}
