create or replace function private.is_sent_by(p_value text, p_pattern text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_pattern text := lower(replace(replace(replace(p_pattern, '\', '\\'), '%', '\%'), '_', '\_'));
begin
  if p_pattern !~ '[*?@]' and p_pattern like '%.%' then
    return lower(p_value) like '%@' || v_pattern;
  end if;
  return lower(p_value) like replace(replace(v_pattern, '*', '%'), '?', '_');
end;
$$;

comment on function private.is_sent_by is
'Whether an address or number is of a domain, or fits a pattern with * and ?.';
revoke all on function private.is_sent_by from public;
grant execute on function private.is_sent_by to service_role;
