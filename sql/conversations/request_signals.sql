-- On the website Realtime shows it, and mail knows nothing of the kind.
create or replace function private.request_signals(p_conversation_ids uuid[], p_kind text)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into private.signals (conversation_id, kind)
  select conversations.id, p_kind
  from public.conversations
  where conversations.id = any (p_conversation_ids)
    and conversations.channel_type not in ('website', 'email')
  order by conversations.id
  on conflict (conversation_id, kind) do update set requested_at = excluded.requested_at;
  get diagnostics v_count = row_count;

  if v_count > 0 then
    perform private.broadcast(array['worker'], array['signals'], array['{}'::jsonb]);
  end if;
  return v_count;
end;
$$;

comment on function private.request_signals is
'Asks the worker to show customers that we type or have read (R8, R24); returns how many
can see it.';
revoke all on function private.request_signals from public;
grant execute on function private.request_signals to service_role;
