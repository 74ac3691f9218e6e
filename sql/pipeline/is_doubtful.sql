create or replace function private.is_doubtful(p_item jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_item #>> '{metadata,authentication,trusted}' is distinct from 'true' and coalesce(
    p_item #>> '{metadata,authentication,dmarc}',
    p_item #>> '{metadata,authentication,spf}',
    p_item #>> '{metadata,authentication,dkim}'
  ) is not null;
end;
$$;

comment on function private.is_doubtful is
'Whether our own servers looked at a mail and did not find its sender proven. Where none looks, no
mail is.';
revoke all on function private.is_doubtful from public;
grant execute on function private.is_doubtful to service_role;
