create or replace function private.looked_back_to(p_span interval)
returns timestamptz
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    coalesce(p_span > interval '0' and p_span <= interval '100 years', false),
    'the time to look back is more than nothing and at most 100 years', 'as ''30 days'''
  );
  return statement_timestamp() - p_span;
end;
$$;

comment on function private.looked_back_to is
'When a time to look back began; PT400 for none, for less than any, for what no calendar holds.';
revoke all on function private.looked_back_to from public;
grant execute on function private.looked_back_to to authenticated, service_role;
