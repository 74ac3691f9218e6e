create or replace function public.create_rating_link(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.lock_conversation(p_conversation_id);
  return private.issue_csat_link(p_conversation_id);
end;
$$;

comment on function public.create_rating_link is
'The token of a conversation''s public rating link, valid for 30 days: an agent sends the customer
<project url>/functions/v1/csat?t=<token> (R61). PT403, PT404.';
revoke all on function public.create_rating_link from public, anon, authenticated, service_role;
grant execute on function public.create_rating_link to authenticated, service_role;
