"""A real IMAP server: Dovecot as an unprivileged process, with mailboxes in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.ports import find_free_port, is_free
from tests.waiting import wait_until

PASSWORD = "secret"
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
mailbox_list_index = no
first_valid_uid = 1
{tokens}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

BY_TOKEN = """
auth_mechanisms = plain xoauth2
auth_cache_size = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
"""
# Asks whether a token is good, and whose it is.
TOKENS = """
tokeninfo_url = {url}?access_token=
username_attribute = email
username_format = %Lu
"""


class Dovecot:
    """A running server; `url` is its address as a setting."""

    def __init__(self, folder: Path, owner: pwd.struct_passwd, tokeninfo_url: str) -> None:
        self.folder = folder
        self.port = find_free_port(0)
        self._owner = owner
        self._tokeninfo_url = tokeninfo_url
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    @property
    def url(self) -> str:
        """The server's address."""
        return f"imap://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again with the mailboxes as they are."""
        command = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
        assert command, "needs Debian's package: apt-get install dovecot-imapd"
        group = os.getgid() if os.getuid() else self._owner.pw_gid
        text = CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            password=PASSWORD,
            user=self._owner.pw_name,
            group=group_name(group),
            uid=self._owner.pw_uid,
            gid=group,
            tokens=self._tokens(),
        )
        path = self.folder / "dovecot.conf"
        path.write_text(text)
        path.chmod(0o644)
        as_owner = {} if os.getuid() else {"user": self._owner.pw_uid, "group": group}
        self._process = subprocess.Popen([command, "-F", "-c", str(path)], **as_owner)
        wait_until(lambda: not is_free(self.port))

    def _tokens(self) -> str:
        """What lets users in by a token, where there is somebody to ask about it."""
        if not self._tokeninfo_url:
            return ""
        path = self.folder / "oauth2.conf"
        path.write_text(TOKENS.format(url=self._tokeninfo_url))
        path.chmod(0o644)
        return BY_TOKEN.format(folder=self.folder)

    def stop(self) -> None:
        """End it, with every line that is open: each hears BYE."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)
            self._process = None

    def deliver(self, user: str, raw: bytes, age_days: int = 0) -> None:
        """Put a mail into somebody's inbox, as a delivery agent does."""
        new = self.folder / "mail" / user / "new"
        for name in ("new", "cur", "tmp"):
            self._make(new.parent / name)
        self._count += 1
        path = new.parent / "tmp" / f"{time.time_ns()}.{self._count}.test"
        path.write_bytes(raw)
        moment = time.time() - age_days * 86400
        os.utime(path, (moment, moment))
        self._own(path)
        path.rename(new / path.name)

    def forget_numbers(self, user: str) -> None:
        """Lose the list of UIDs, so that the mails are numbered anew under another validity."""
        for path in (self.folder / "mail" / user).glob("dovecot*"):
            path.unlink()

    def expunge(self, user: str, containing: bytes) -> None:
        """Remove the mails that contain these bytes, as another program may."""
        for path in (self.folder / "mail" / user).glob("*/*"):
            if path.is_file() and containing in path.read_bytes():
                path.unlink()

    def said(self) -> str:
        """The server's log."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def _make(self, folder: Path) -> None:
        for path in (folder.parent.parent, folder.parent, folder):
            if not path.exists():
                path.mkdir()
                self._own(path)

    def _own(self, path: Path) -> None:
        if not os.getuid():
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)


def group_name(gid: int) -> str:
    """The name of a group."""
    import grp

    return grp.getgrgid(gid).gr_name


@contextmanager
def dovecot(tokeninfo_url: str = "") -> Iterator[Dovecot]:
    """A server in a folder that is removed; started by root it runs as nobody.

    With `tokeninfo_url` it also lets users in by XOAUTH2, after asking there about their tokens.
    """
    owner = pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    if not os.getuid():
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Dovecot(folder, owner, tokeninfo_url)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
