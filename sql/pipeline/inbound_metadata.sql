create or replace function private.inbound_metadata(p_item jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(
    case when jsonb_typeof(p_item -> 'metadata') = 'object' then p_item -> 'metadata' else '{}' end
    || jsonb_build_object(
      'occurred_at', p_item -> 'occurred_at',
      'media', nullif(p_item -> 'media', '[]'),
      'reply_to', p_item -> 'reply_to',
      'echo', case when p_item ->> 'sender' = 'agent' then true end,
      'truncated', case when length(p_item ->> 'content') > 100000 then true end
    )
  );
end;
$$;

comment on function private.inbound_metadata is
'What the platform said of a message beside its text: its own time, media, quoted message.';
revoke all on function private.inbound_metadata from public;
grant execute on function private.inbound_metadata to service_role;
