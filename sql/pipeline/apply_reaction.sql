create or replace function private.apply_reaction(p_message public.messages, p_item jsonb)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.messages
  set
    metadata = jsonb_set(
      messages.metadata,
      '{reactions}',
      jsonb_strip_nulls(
        coalesce(messages.metadata -> 'reactions', '{}') || jsonb_build_object(
          coalesce(p_item #>> '{identities,0,value}', 'customer'),
          nullif(left(p_item ->> 'emoji', 32), '')
        )
      )
    ),
    updated_at = clock_timestamp()
  where messages.id = p_message.id;
$$;

comment on function private.apply_reaction is
'Keeps who reacted to a message how ({reactions: {who: emoji}}); no emoji takes it back.';
revoke all on function private.apply_reaction from public;
grant execute on function private.apply_reaction to service_role;
