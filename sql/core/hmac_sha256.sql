-- Written out, as pgcrypto is not to be had everywhere. 54 and 92 are the paddings of RFC 2104.
create or replace function private.hmac_sha256(p_key bytea, p_message bytea)
returns bytea
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_key bytea := case when length(p_key) > 64 then sha256(p_key) else p_key end;
  v_inner bytea;
  v_outer bytea;
begin
  v_key := v_key || decode(repeat('00', 64 - length(v_key)), 'hex');
  v_inner := v_key;
  v_outer := v_key;
  for v_place in 0 .. 63 loop
    v_inner := set_byte(v_inner, v_place, get_byte(v_key, v_place) # 54);
    v_outer := set_byte(v_outer, v_place, get_byte(v_key, v_place) # 92);
  end loop;
  return sha256(v_outer || sha256(v_inner || p_message));
end;
$$;

comment on function private.hmac_sha256 is
'HMAC-SHA256 (RFC 2104) of a message, on the built-in sha256; null for a null.';
revoke all on function private.hmac_sha256 from public;
grant execute on function private.hmac_sha256 to service_role;
