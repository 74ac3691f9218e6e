create or replace function private.is_forged(p_item jsonb)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    p_item #>> '{metadata,authentication,trusted}' = 'false'
      and p_item #>> '{metadata,authentication,dmarc}' = 'fail',
    false
  );
end;
$$;

comment on function private.is_forged is
'Whether the domain of a mail''s sender disowns it (DMARC, as our own servers found).';
revoke all on function private.is_forged from public;
grant execute on function private.is_forged to service_role;
