-- Security definer: tokens are closed to everybody; an agent may only ask for one.
create or replace function private.issue_csat_link(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  return private.create_csat_link(p_conversation_id);
end;
$$;

comment on function private.issue_csat_link is
'Makes or renews a conversation''s rating link for an agent; PT403 for anybody else.';
revoke all on function private.issue_csat_link from public;
grant execute on function private.issue_csat_link to authenticated, service_role;
