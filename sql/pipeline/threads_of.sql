create or replace function private.threads_of(p_channel_id uuid, p_item jsonb)
returns uuid[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_thread jsonb := p_item -> 'thread';
  v_named text[] := array_remove(
    (v_thread ->> 'conversation')
      || private.conversations_named(p_channel_id, v_thread -> 'references')
      || array(
        select own.item ->> 'conversation'
        from jsonb_array_elements(
          case when jsonb_typeof(v_thread -> 'own') = 'array' then v_thread -> 'own' else '[]' end
        ) with ordinality as own (item, place)
        order by own.place
      ),
    null
  );
begin
  return array(
    select conversations.id
    from unnest(v_named) with ordinality as named (id, place)
    join public.conversations
      on conversations.id = case when pg_input_is_valid(named.id, 'uuid') then named.id::uuid end
    group by conversations.id
    order by min(named.place)
  ) || array(
    select conversations.id
    from public.conversations
    where conversations.number = private.number_of(v_thread -> 'tag')::bigint
      and conversations.channel_id = p_channel_id
  );
end;
$$;

comment on function private.threads_of is
'The conversations that a mail names, whoever they belong to and on whatever channel, the surest
first: by a reply token, by In-Reply-To and References, by our own Message-IDs, by the number in its
subject, which mailboxes only have (R37).';
revoke all on function private.threads_of from public;
grant execute on function private.threads_of to service_role;
