create or replace function private.create_csat_link(p_conversation_id uuid)
returns uuid
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into private.csat_links (conversation_id)
  values (p_conversation_id)
  on conflict (conversation_id) do update
    set expires_at = clock_timestamp() + interval '30 days'
  returning token;
$$;

comment on function private.create_csat_link is
'The token of a conversation''s rating link, valid for 30 days from now.';
revoke all on function private.create_csat_link from public;
grant execute on function private.create_csat_link to service_role;
