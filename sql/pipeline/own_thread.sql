create or replace function private.own_thread(
  p_named uuid[],
  p_customer_id uuid,
  p_channel_id uuid,
  p_item jsonb
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_is_doubtful boolean := private.is_doubtful(p_item);
begin
  if p_customer_id is null or private.is_forged(p_item) then
    return null;
  end if;

  if v_is_doubtful then
    p_named := private.threads_of(
      p_channel_id, p_item #- '{thread,conversation}' #- '{thread,tag}'
    );
  end if;
  select conversations.id into v_conversation_id
  from unnest(p_named) with ordinality as named (id, place)
  join public.conversations on conversations.id = named.id
  where conversations.customer_id = p_customer_id
    and conversations.channel_id = p_channel_id
  order by named.place
  limit 1;

  if v_conversation_id is null and not v_is_doubtful then
    v_conversation_id := private.like_thread(p_named, p_customer_id, p_channel_id, p_item);
  end if;
  return v_conversation_id;
end;
$$;

comment on function private.own_thread is
'The conversation that a customer''s mail goes on with: the first of those it names that is theirs
in this mailbox, else one that is like it (like_thread); null for none. A doubtful mail goes on only
with what it answers: others may know a token or a subject.';
revoke all on function private.own_thread from public;
grant execute on function private.own_thread to service_role;
