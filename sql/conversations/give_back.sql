create or replace function public.give_back(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  perform private.check_return(p_conversation_id);
  perform private.move_conversation(p_conversation_id, 'given_back');
end;
$$;

comment on function public.give_back is
'The AI answers again, from the next customer message on. PT403, PT404; PT409 after three
hand-overs.';
revoke all on function public.give_back from public, anon, authenticated, service_role;
grant execute on function public.give_back to authenticated, service_role;
