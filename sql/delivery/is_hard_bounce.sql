create or replace function private.is_hard_bounce(p_code text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(p_code ~ '^5\.1\.(0|1|2|3|4|6|10)$', false);
$$;

comment on function private.is_hard_bounce is
'Whether a status code (RFC 3463) says that the recipient''s address is none; 5.1.7 and 5.1.8 speak
of ours.';
revoke all on function private.is_hard_bounce from public;
grant execute on function private.is_hard_bounce to service_role;
