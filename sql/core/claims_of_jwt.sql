-- A token lies in a page for all to copy, so that one which lives longer than a day is refused; a
-- minute is allowed for clocks that differ. The signature is always made and compared as a hash, so
-- that the time this takes tells nothing of how far a guess was right.
create or replace function private.claims_of_jwt(p_token text, p_secret text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(left(p_token, 8192), '.');
  v_signature bytea := private.hmac_sha256(
    convert_to(p_secret, 'UTF8'), convert_to(v_parts[1] || '.' || v_parts[2], 'UTF8')
  );
  v_header jsonb := private.json_of(private.base64url_decode(v_parts[1]));
  v_claims jsonb := private.json_of(private.base64url_decode(v_parts[2]));
  v_now double precision := extract(epoch from clock_timestamp());
begin
  if (
    cardinality(v_parts) = 3
    and length(p_secret) >= 16
    and sha256(v_signature) = sha256(private.base64url_decode(v_parts[3]))
    and v_header ->> 'alg' = 'HS256'
    and not v_header ? 'crit'
    and jsonb_typeof(v_claims) = 'object'
    and private.seconds_of(v_claims -> 'exp') > v_now
    and private.seconds_of(v_claims -> 'exp') <= v_now + 86460
    and (not v_claims ? 'nbf' or private.seconds_of(v_claims -> 'nbf') <= v_now + 60)
    and (not v_claims ? 'iat' or private.seconds_of(v_claims -> 'iat') <= v_now + 60)
  ) is true then
    return v_claims;
  end if;
  return null;
end;
$$;

comment on function private.claims_of_jwt is
'What a JSON Web Token of a customer''s site says, if it is signed with the secret (HS256 alone), is
valid now and ends within a day; null otherwise.';
revoke all on function private.claims_of_jwt from public;
grant execute on function private.claims_of_jwt to service_role;
