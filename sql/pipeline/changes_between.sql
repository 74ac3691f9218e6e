create or replace function private.changes_between(
  p_kind text,
  p_before jsonb,
  p_after jsonb,
  p_inbound_id bigint
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', found.id,
        'from', p_before -> p_kind -> found.id,
        'to', found.value
      )
      order by found.id
    ), '[]')
    from jsonb_each(p_after -> p_kind) as found (id, value)
    where found.value -> 'inbound_id' = to_jsonb(p_inbound_id)
      and (found.value - 'inbound_id')
        is distinct from (p_before -> p_kind -> found.id) - 'inbound_id'
  );
end;
$$;

comment on function private.changes_between is
'What of a kind (messages, deliveries) a request made new (from is null) or changed:
[{id, from, to}].';
revoke all on function private.changes_between from public;
grant execute on function private.changes_between to service_role;
