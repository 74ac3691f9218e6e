create or replace function public.set_typing(p_conversation_id uuid, p_typing boolean default true)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.announce_typing(p_conversation_id, coalesce(p_typing, true));
$$;

comment on function public.set_typing is
'Shows the others in a conversation that the caller is typing (R8); nobody can type as another.
PT404, PT429.';
revoke all on function public.set_typing from public, anon, authenticated, service_role;
grant execute on function public.set_typing to authenticated, service_role;
