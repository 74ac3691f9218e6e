create or replace function private.touch_visitor_everywhere()
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.touch_visitor(conversations.id)
  from public.conversations
  where conversations.id in (select private.my_conversations())
    and conversations.channel_type = 'website'
    and conversations.status <> 'resolved';
end;
$$;

comment on function private.touch_visitor_everywhere is
'Notes that a visitor is there, in every conversation they have open on the website.';
revoke all on function private.touch_visitor_everywhere from public;
grant execute on function private.touch_visitor_everywhere to service_role;
