alter table public.conversations enable row level security;
alter table public.messages enable row level security;
alter table public.routing_rules enable row level security;

alter table private.signals enable row level security;

revoke all on table private.signals from public, anon, authenticated, service_role;
grant select, insert, update, delete on table private.signals to service_role;

revoke all on table public.conversations from public, anon, authenticated, service_role;
revoke all on table public.messages from public, anon, authenticated, service_role;
revoke all on table public.routing_rules from public, anon, authenticated, service_role;

grant select on table public.conversations to authenticated;
grant update (priority, tags, assigned_agent_id, language, workflow_id, customer_name)
on table public.conversations to authenticated;
grant select on table public.messages to authenticated;
grant insert (id, conversation_id, sender_type, sender_id, content, is_private, reply_to_id)
on table public.messages to authenticated;
grant select, insert, update, delete on table public.conversations to service_role;
grant select, insert, update, delete on table public.messages to service_role;
grant select, insert, update, delete on table public.routing_rules to authenticated;
grant select, insert, update, delete on table public.routing_rules to service_role;

create policy "agents see conversations" on public.conversations
for select to authenticated using ((select private.is_agent()));

create policy "agents change conversations" on public.conversations
for update to authenticated using ((select private.is_agent()))
with check ((select private.is_agent()));

create policy "agents see messages, customers their own" on public.messages
for select to authenticated using (
  (select private.is_agent())
  or (not is_private and conversation_id in (select private.my_conversations()))
);

create policy "agents write as themselves" on public.messages
for insert to authenticated with check (
  (select private.is_agent())
  and sender_type = 'agent'
  and sender_id = (select auth.uid())
  and length(btrim(content)) between 1 and 20000
);

create policy "agents see routing rules" on public.routing_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add routing rules" on public.routing_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change routing rules" on public.routing_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove routing rules" on public.routing_rules
for delete to authenticated using ((select private.is_admin()));

create policy "members hear their topics" on realtime.messages
for select to authenticated using ((select private.may_hear((select realtime.topic()))));

create policy "agents are present in the inbox" on realtime.messages
for insert to authenticated with check (
  extension = 'presence'
  and (select realtime.topic()) = 'inbox'
  and (select private.is_agent())
);

create policy "agents see media, visitors their own" on storage.objects
for select to authenticated using (
  bucket_id = 'media' and (select private.may_see_file(name))
);

create policy "agents and visitors add media" on storage.objects
for insert to authenticated with check (
  bucket_id = 'media' and (select private.may_upload(name, metadata))
);
