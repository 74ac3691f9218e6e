create or replace function private.watermark_of(p_channel_id uuid, p_mark jsonb)
returns timestamptz
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return greatest(
    case
      when pg_input_is_valid(p_mark ->> 'until', 'timestamptz')
        then (p_mark ->> 'until')::timestamptz
    end,
    (
      select deliveries.attempted_at
      from private.deliveries
      where deliveries.id = private.delivery_of(p_channel_id, p_mark ->> 'external_id', null)
    )
  );
end;
$$;

comment on function private.watermark_of is
'Up to when a watermark counts: its own time, or that of the message it names, the later one.';
revoke all on function private.watermark_of from public;
grant execute on function private.watermark_of to service_role;
