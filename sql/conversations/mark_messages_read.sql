create or replace function public.mark_messages_read(p_conversation_id uuid)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return private.mark_read(p_conversation_id);
end;
$$;

comment on function public.mark_messages_read is
'The caller has read the other side''s messages (R12, R24); returns how many were new. PT404.';
revoke all on function public.mark_messages_read from public, anon, authenticated, service_role;
grant execute on function public.mark_messages_read to authenticated, service_role;
