-- All secrets are tried whatever the first one says, and compared as hashes: time tells nothing.
create or replace function private.proven_user(
  p_channel_id uuid,
  p_user_id text,
  p_signature text,
  p_token text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_secret text;
  v_claims jsonb;
begin
  for v_secret in
    select secrets.secret
    from private.identity_secrets(p_channel_id) as secrets (secret)
  loop
    if p_token is not null then
      v_claims := coalesce(v_claims, private.claims_of_jwt(p_token, v_secret));
    elsif sha256(convert_to(lower(p_signature), 'UTF8')) = sha256(convert_to(encode(
      private.hmac_sha256(convert_to(v_secret, 'UTF8'), convert_to(p_user_id, 'UTF8')), 'hex'
    ), 'UTF8')) then
      v_claims := coalesce(v_claims, jsonb_build_object('sub', p_user_id));
    end if;
  end loop;

  if (
    jsonb_typeof(v_claims -> 'sub') = 'string'
    and length(v_claims ->> 'sub') between 1 and 512
    and coalesce(p_user_id = v_claims ->> 'sub', true)
  ) is not true then
    raise exception using
      errcode = 'PT401',
      message = 'the site has not signed this user',
      hint = 'p_signature: hex HMAC-SHA256 of the user id; p_token: a JWT (HS256) with sub and exp';
  end if;
  return v_claims;
end;
$$;

comment on function private.proven_user is
'The claims of the user whom the site has signed with one of the widget''s secrets: by HMAC of the
id, {sub}, or by a token; PT401 when it has not.';
revoke all on function private.proven_user from public;
grant execute on function private.proven_user to service_role;
