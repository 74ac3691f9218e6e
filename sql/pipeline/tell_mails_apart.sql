-- Broken programs send different mails under one Message-ID. What tells them apart must not hang on
-- how well our parser reads, or a replay would store mails a second time.
create or replace function private.tell_mails_apart(p_events jsonb, p_channel_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(
      case
        when namesake.id is null then events.item
        else events.item || jsonb_build_object(
          'external_id', left(events.item ->> 'external_id', 400) || '#' || envelopes.mark
        )
      end
      order by events.place
    )
    from jsonb_array_elements(p_events) with ordinality as events (item, place)
    cross join lateral (
      select md5(concat_ws(
        E'\n', events.item #>> '{identities,0,value}', events.item #>> '{metadata,date}',
        events.item #>> '{metadata,subject}'
      )) as mark
    ) as envelopes
    left join public.messages as namesake
      on namesake.channel_id = p_channel_id
      and namesake.external_message_id = events.item ->> 'external_id'
      and events.item ->> 'kind' = 'message'
      and envelopes.mark <> md5(concat_ws(
        E'\n', namesake.metadata ->> 'from', namesake.metadata ->> 'date',
        namesake.metadata ->> 'subject'
      ))
  );
end;
$$;

comment on function private.tell_mails_apart is
'The events of a mail, under an id of their own where a mail of another sender, date or subject has
its Message-ID already.';
revoke all on function private.tell_mails_apart from public;
grant execute on function private.tell_mails_apart to service_role;
