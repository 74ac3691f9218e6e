"""The routes under /auth/v1."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.gateway.auth import accounts, admin
from local.gateway.auth.identity import read_claims, require_service, signed_in
from local.gateway.auth.limits import SignUpLimit
from local.gateway.auth.sessions import close_sessions
from local.gateway.auth.users import as_json, auth_transaction
from local.gateway.bodies import read_object
from local.gateway.callers import require_key
from local.gateway.errors import AuthError
from local.gateway.session import Pool
from local.gateway.settings import GatewaySettings

BODY_LIMIT = 1024 * 1024
ABSENT = (
    *("apple", "azure", "bitbucket", "discord", "facebook", "snapchat", "figma", "fly", "github"),
    *("gitlab", "google", "keycloak", "kakao", "linkedin", "linkedin_oidc", "notion", "spotify"),
    *("slack", "slack_oidc", "workos", "twitch", "twitter", "phone", "zoom"),
)


def auth_routes(settings: GatewaySettings, pool: Pool) -> list[Route]:
    """The routes for accounts, sessions and their administration."""
    door = Auth(settings, pool)
    one = "/auth/v1/admin/users/{user_id}"
    return [
        Route("/auth/v1/signup", door.sign_up, methods=["POST"]),
        Route("/auth/v1/token", door.token, methods=["POST"]),
        Route("/auth/v1/user", door.user, methods=["GET", "PUT"]),
        Route("/auth/v1/logout", door.logout, methods=["POST"]),
        Route("/auth/v1/settings", door.settings_of, methods=["GET"]),
        Route("/auth/v1/health", door.health, methods=["GET"]),
        Route("/auth/v1/.well-known/jwks.json", door.jwks, methods=["GET"]),
        Route("/auth/v1/admin/users", door.users, methods=["GET", "POST"]),
        Route(one, door.one_user, methods=["GET", "PUT", "DELETE"]),
        Route("/auth/v1/{rest:path}", door.refuse, methods=["GET", "POST", "PUT", "DELETE"]),
    ]


class Auth:
    """The auth door with what it needs to answer."""

    def __init__(self, settings: GatewaySettings, pool: Pool) -> None:
        self.settings = settings
        self.pool = pool
        self.sign_ups = SignUpLimit(settings.sign_ups_per_hour)

    async def sign_up(self, request: Request) -> Response:
        """POST /signup."""
        body = await self._body(request)
        self.sign_ups.take(accounts.client_address(request) or "")
        return JSONResponse(await accounts.sign_up(self.pool, self.settings, request, body))

    async def token(self, request: Request) -> Response:
        """POST /token?grant_type=password|refresh_token."""
        body = await self._body(request)
        kind = request.query_params.get("grant_type")
        if kind == "password":
            return JSONResponse(await accounts.sign_in(self.pool, self.settings, request, body))
        if kind == "refresh_token":
            return JSONResponse(await accounts.renew(self.pool, self.settings, body))
        raise AuthError(400, "invalid_credentials", "unsupported_grant_type")

    async def user(self, request: Request) -> Response:
        """GET and PUT /user."""
        claims = read_claims(self.settings, request)
        body = await self._body(request) if request.method == "PUT" else {}
        async with auth_transaction(self.pool) as connection:
            caller = await signed_in(connection, claims)
            user = caller.user
            if request.method == "PUT":
                user = await accounts.change_account(connection, caller, body)
        return JSONResponse(as_json(user))

    async def logout(self, request: Request) -> Response:
        """POST /logout?scope=global|local|others."""
        scope = request.query_params.get("scope") or "global"
        if scope not in ("global", "local", "others"):
            message = f'Unsupported logout scope "{scope}"'
            raise AuthError(400, "validation_failed", message)
        claims = read_claims(self.settings, request)
        async with auth_transaction(self.pool) as connection:
            caller = await signed_in(connection, claims)
            await close_sessions(connection, caller.user.id, caller.session_id, scope)
        return Response(None, 204)

    async def settings_of(self, request: Request) -> Response:
        """GET /settings."""
        require_key(self.settings, request.headers, request.query_params)
        external = dict.fromkeys(ABSENT, False) | {"anonymous_users": True, "email": True}
        return JSONResponse(
            {
                "external": external,
                "disable_signup": False,
                "mailer_autoconfirm": True,
                "phone_autoconfirm": False,
                "sms_provider": "",
                "saml_enabled": False,
                "passkeys_enabled": False,
            }
        )

    async def health(self, request: Request) -> Response:
        """GET /health."""
        require_key(self.settings, request.headers, request.query_params)
        description = "the auth door of Romashka's embedded gateway"
        return JSONResponse({"version": "embedded", "name": "auth", "description": description})

    async def jwks(self, _: Request) -> Response:
        """GET /.well-known/jwks.json: no key is public, tokens are signed by a secret."""
        return JSONResponse({"keys": []})

    async def users(self, request: Request) -> Response:
        """GET and POST /admin/users."""
        require_service(self.settings, request)
        if request.method == "POST":
            body = await self._body(request)
            async with auth_transaction(self.pool) as connection:
                return JSONResponse(as_json(await admin.create_user(connection, body)))
        page, per_page = _page(request)
        async with auth_transaction(self.pool) as connection:
            users, total = await admin.list_users(connection, page, per_page)
        headers = {"X-Total-Count": str(total), "Link": _links(page, per_page, total)}
        listed = {"users": [as_json(user) for user in users], "aud": "authenticated"}
        return JSONResponse(listed, headers=headers)

    async def one_user(self, request: Request) -> Response:
        """GET, PUT and DELETE /admin/users/<id>."""
        require_service(self.settings, request)
        user_id = request.path_params["user_id"]
        body = await self._body(request) if request.method != "GET" else {}
        async with auth_transaction(self.pool) as connection:
            if request.method == "DELETE":
                await admin.delete_user(connection, user_id, body)
                return JSONResponse({})
            if request.method == "PUT":
                return JSONResponse(as_json(await admin.change_user(connection, user_id, body)))
            return JSONResponse(as_json(await admin.get_user(connection, user_id)))

    async def refuse(self, request: Request) -> Response:
        """Everything the auth server can do and this one cannot: mail links, phones, OAuth, MFA."""
        require_key(self.settings, request.headers, request.query_params)
        name = request.path_params["rest"]
        raise AuthError(501, "not_implemented", f"/{name} is not served by the embedded gateway")

    async def _body(self, request: Request) -> dict[str, Any]:
        require_key(self.settings, request.headers, request.query_params)
        return await read_object(request, BODY_LIMIT, _bad_json)


def _bad_json() -> AuthError:
    return AuthError(400, "bad_json", "Could not parse request body as JSON")


def _page(request: Request) -> tuple[int, int]:
    def number(name: str, default: int) -> int:
        text = request.query_params.get(name) or ""
        return int(text[:9]) if text.isascii() and text.isdigit() else default

    return max(number("page", 1), 1), min(max(number("per_page", 50), 1), 1000)


def _links(page: int, per_page: int, total: int) -> str:
    last = max(1, -(-total // per_page))
    links = (
        [f'</admin/users?page={page + 1}&per_page={per_page}>; rel="next"'] if page < last else []
    )
    links.append(f'</admin/users?page={last}&per_page={per_page}>; rel="last"')
    return ", ".join(links)
