create or replace function private.continue_by_email(p_limit integer default 50)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation_id uuid;
  v_due_at timestamptz;
  v_count integer := 0;
begin
  for v_conversation_id in
    select unread_chats.conversation_id
    from private.unread_chats
    where unread_chats.due_at <= clock_timestamp()
    order by unread_chats.due_at
    limit p_limit
    for update skip locked
  loop
    v_due_at := private.continue_chat(v_conversation_id);
    if v_due_at is null then
      delete from private.unread_chats
      where unread_chats.conversation_id = v_conversation_id;
    else
      update private.unread_chats
      set due_at = v_due_at
      where unread_chats.conversation_id = v_conversation_id;
    end if;
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.continue_by_email is
'Looks after the conversations whose visitors may have left with answers unread, and sends those
by e-mail when it is time; returns how many it looked at.';
revoke all on function private.continue_by_email from public;
grant execute on function private.continue_by_email to service_role;
