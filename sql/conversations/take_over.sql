create or replace function public.take_over(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.move_conversation(p_conversation_id, 'taken_over');
end;
$$;

comment on function public.take_over is
'A person answers from now on; a running AI turn writes nothing more (I8). PT403, PT404.';
revoke all on function public.take_over from public, anon, authenticated, service_role;
grant execute on function public.take_over to authenticated, service_role;
