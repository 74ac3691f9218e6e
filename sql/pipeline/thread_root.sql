create or replace function private.thread_root(p_message private.inbound_message)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  -- Who disowns the mail, or claims another's conversation, begins a thread of their own.
  if p_message.item #>> '{metadata,claimed_conversation}' is not null
    or private.is_forged(p_message.item) then
    return left(p_message.external_id, 512);
  end if;
  return left(
    coalesce(p_message.item #>> '{thread,references,-1}', p_message.external_id), 512
  );
end;
$$;

comment on function private.thread_root is
'The Message-ID that names a new thread: of the first mail it refers to, so that this one, coming
later, finds it; else its own.';
revoke all on function private.thread_root from public;
grant execute on function private.thread_root to service_role;
