create or replace function private.apply_reaction(p_message public.messages, p_item jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_who text := coalesce(p_item #>> '{identities,0,value}', 'customer');
  v_last jsonb := p_message.metadata -> 'reacted_at' -> v_who;
begin
  -- Platforms count in seconds: of two within one the later to come counts, but none twice.
  if not private.is_newer(p_item ->> 'occurred_at', v_last ->> 'at') and (
    private.is_newer(v_last ->> 'at', p_item ->> 'occurred_at')
    or v_last ->> 'id' is not distinct from p_item ->> 'external_id'
  ) then
    return;
  end if;

  update public.messages
  set
    metadata = messages.metadata || jsonb_build_object(
      'reactions', jsonb_strip_nulls(
        coalesce(messages.metadata -> 'reactions', '{}') || jsonb_build_object(
          v_who, nullif(left(p_item ->> 'emoji', 32), '')
        )
      ),
      'reacted_at', coalesce(messages.metadata -> 'reacted_at', '{}') || jsonb_build_object(
        v_who, jsonb_build_object(
          'at', p_item ->> 'occurred_at', 'id', p_item ->> 'external_id'
        )
      )
    ),
    updated_at = clock_timestamp()
  where messages.id = p_message.id;
end;
$$;

comment on function private.apply_reaction is
'Keeps who reacted to a message how ({reactions: {who: emoji}}) and when; no emoji takes it back,
and what comes late or twice changes nothing.';
revoke all on function private.apply_reaction from public;
grant execute on function private.apply_reaction to service_role;
