create or replace function private.past_turns(p_filter jsonb, p_limit integer)
returns table (conversation_id uuid, first_seq integer, last_seq integer, asked_at timestamptz)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select asked.conversation_id, asked.seq, private.end_of_turn(asked), asked.created_at
  from public.messages as asked
  join public.conversations on conversations.id = asked.conversation_id
  where asked.sender_type = 'customer'
    and asked.calls_for_answer
    and asked.content <> ''
    and asked.deleted_at is null
    and asked.created_at >= coalesce(
      (p_filter ->> 'since')::timestamptz, statement_timestamp() - interval '90 days'
    )
    and asked.created_at < coalesce((p_filter ->> 'until')::timestamptz, 'infinity')
    and conversations.channel_type
      = coalesce(p_filter ->> 'channel', conversations.channel_type)
    and private.speaks(conversations.language, p_filter ->> 'language')
    and not exists (
      select 1
      from public.messages as before
      where before.conversation_id = asked.conversation_id
        and before.seq = asked.seq - 1
        and before.sender_type = 'customer'
        and before.created_at > asked.created_at - interval '1 minute'
    )
  order by asked.created_at desc
  limit p_limit;
end;
$$;

comment on function private.past_turns is
'Turns of the past, the newest first, of ninety days where no since is given: each begins with a
customer''s message that none of theirs came before within a minute.';
revoke all on function private.past_turns from public;
grant execute on function private.past_turns to service_role;
