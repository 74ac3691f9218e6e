alter table public.ai_settings enable row level security;
alter table private.reply_jobs enable row level security;
alter table public.ai_runs enable row level security;
alter table public.ai_labels enable row level security;
alter table public.ai_thresholds enable row level security;
alter table public.learned_gates enable row level security;
alter table private.run_texts enable row level security;
alter table public.ai_budget enable row level security;
alter table private.ai_spending enable row level security;
alter table public.model_prices enable row level security;
alter table public.ai_calls enable row level security;
alter table public.hand_over_rules enable row level security;

revoke all on table public.ai_settings from public, anon, authenticated, service_role;
revoke all on table private.reply_jobs from public, anon, authenticated, service_role;
revoke all on table public.ai_runs from public, anon, authenticated, service_role;
revoke all on table public.ai_labels from public, anon, authenticated, service_role;
revoke all on table public.ai_thresholds from public, anon, authenticated, service_role;
revoke all on table public.learned_gates from public, anon, authenticated, service_role;
revoke all on table private.run_texts from public, anon, authenticated, service_role;
revoke all on table public.ai_budget from public, anon, authenticated, service_role;
revoke all on table private.ai_spending from public, anon, authenticated, service_role;
revoke all on table public.model_prices from public, anon, authenticated, service_role;
revoke all on table public.ai_calls from public, anon, authenticated, service_role;
revoke all on sequence public.ai_calls_id_seq from public, anon, authenticated, service_role;
revoke all on table public.hand_over_rules from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_settings to authenticated;
grant select on table private.reply_jobs to authenticated;
grant select on table public.ai_runs to authenticated;
grant select on table public.ai_labels to authenticated;
grant select on table public.ai_thresholds to authenticated;
grant select on table public.learned_gates to authenticated;
grant select, insert, update, delete on table public.hand_over_rules to authenticated;
grant select on table private.run_texts to authenticated;
grant select, insert, update, delete on table public.model_prices to authenticated;
grant select, insert, update, delete on table public.ai_budget to authenticated;
grant select on table private.ai_spending to authenticated;
grant select, insert, update, delete on table public.ai_budget to service_role;
grant select, insert, update, delete on table private.ai_spending to service_role;
grant select on table public.ai_calls to authenticated;
grant select, insert, update, delete on table private.run_texts to service_role;
grant select, insert, update, delete on table public.model_prices to service_role;
grant select, insert, update, delete on table public.ai_calls to service_role;
grant select, insert, update, delete on table public.ai_settings to service_role;
grant select, insert, update, delete on table private.reply_jobs to service_role;
grant select, insert, update, delete on table public.ai_runs to service_role;
grant select, insert, update, delete on table public.ai_labels to service_role;
grant select, insert, update, delete on table public.ai_thresholds to service_role;
grant select, insert, update, delete on table public.learned_gates to service_role;
grant select, insert, update, delete on table public.hand_over_rules to service_role;

create policy "agents see ai settings" on public.ai_settings
for select to authenticated using ((select private.is_agent()));

create policy "admins add ai settings" on public.ai_settings
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change ai settings" on public.ai_settings
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove ai settings" on public.ai_settings
for delete to authenticated using ((select private.is_admin()));

create policy "agents see reply jobs" on private.reply_jobs
for select to authenticated using ((select private.is_agent()));

create policy "agents see ai runs" on public.ai_runs
for select to authenticated using ((select private.is_agent()));

create policy "agents see ai thresholds" on public.ai_thresholds
for select to authenticated using ((select private.is_agent()));

create policy "agents see learned gates" on public.learned_gates
for select to authenticated using ((select private.is_agent()));

create policy "agents see ai labels" on public.ai_labels
for select to authenticated using ((select private.is_agent()));

create policy "agents see texts of runs" on private.run_texts
for select to authenticated using ((select private.is_agent()));

create policy "agents see calls to models" on public.ai_calls
for select to authenticated using ((select private.is_agent()));

create policy "agents see the budget" on public.ai_budget
for select to authenticated using ((select private.is_agent()));

create policy "admins add the budget" on public.ai_budget
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change the budget" on public.ai_budget
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove the budget" on public.ai_budget
for delete to authenticated using ((select private.is_admin()));

create policy "agents see what was spent" on private.ai_spending
for select to authenticated using ((select private.is_agent()));

create policy "agents see prices" on public.model_prices
for select to authenticated using ((select private.is_agent()));

create policy "admins add prices" on public.model_prices
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change prices" on public.model_prices
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove prices" on public.model_prices
for delete to authenticated using ((select private.is_admin()));

create policy "agents see hand-over rules" on public.hand_over_rules
for select to authenticated using ((select private.is_agent()));

create policy "admins add hand-over rules" on public.hand_over_rules
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change hand-over rules" on public.hand_over_rules
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove hand-over rules" on public.hand_over_rules
for delete to authenticated using ((select private.is_admin()));

create view public.reply_jobs with (security_invoker = true) as
select
  reply_jobs.id,
  reply_jobs.conversation_id,
  reply_jobs.first_message_id,
  reply_jobs.state,
  reply_jobs.outcome,
  reply_jobs.reason,
  reply_jobs.rule_id,
  reply_jobs.is_shadow,
  reply_jobs.attempt,
  reply_jobs.deadline,
  reply_jobs.reply_message_id,
  reply_jobs.created_at,
  reply_jobs.finished_at
from private.reply_jobs;

comment on view public.reply_jobs is 'The turns of the AI as agents see them.';

revoke all on table public.reply_jobs from public, anon, authenticated, service_role;
grant select on table public.reply_jobs to authenticated, service_role;

alter table public.ai_tools enable row level security;
alter table public.ai_tool_calls enable row level security;

revoke all on table public.ai_tools from public, anon, authenticated, service_role;
revoke all on table public.ai_tool_calls from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_tools to authenticated;
grant select on table public.ai_tool_calls to authenticated;
grant select, insert, update, delete on table public.ai_tools to service_role;
grant select, insert, update, delete on table public.ai_tool_calls to service_role;

create policy "agents see ai tools" on public.ai_tools
for select to authenticated using ((select private.is_agent()));

create policy "admins add ai tools" on public.ai_tools
for insert to authenticated with check ((select private.is_admin()));

create policy "admins change ai tools" on public.ai_tools
for update to authenticated using ((select private.is_admin()))
with check ((select private.is_admin()));

create policy "admins remove ai tools" on public.ai_tools
for delete to authenticated using ((select private.is_admin()));

create policy "agents see ai tool calls" on public.ai_tool_calls
for select to authenticated using ((select private.is_agent()));

create policy "tools see what they may give" on public.ai_tools
for select to ai_reader using (true);

-- What a tool reads: the columns that are the customer's own affair, of the customer in the claims.
grant select (name, customer_attributes) on table public.ai_tools to ai_reader;
grant select (id, name, email, phone, language, attributes, created_at)
on table public.customer_profiles to ai_reader;
grant select (
  id, customer_id, channel_type, status, subject, language, created_at, last_message_at, resolved_at
) on table public.conversations to ai_reader;
grant select (
  id, conversation_id, seq, sender_type, content, is_private, created_at, deleted_at
) on table public.messages to ai_reader;

create policy "tools see the customer" on public.customer_profiles
for select to ai_reader using (id = (select private.customer_of_claims()));

create policy "tools see the customer's conversations" on public.conversations
for select to ai_reader using (customer_id = (select private.customer_of_claims()));

create policy "tools see the customer's messages" on public.messages
for select to ai_reader using (
  not is_private
  and deleted_at is null
  and conversation_id in (
    select conversations.id
    from public.conversations
    where conversations.customer_id = (select private.customer_of_claims())
  )
);

alter table private.open_questions enable row level security;
revoke all on table private.open_questions from public, anon, authenticated, service_role;
grant select on table private.open_questions to authenticated;
grant select, insert, update, delete on table private.open_questions to service_role;

create policy "agents see open questions" on private.open_questions
for select to authenticated using ((select private.is_agent()));

alter table public.knowledge_suggestions enable row level security;
alter table private.solved_conversations enable row level security;
revoke all on table public.knowledge_suggestions from public, anon, authenticated, service_role;
revoke all on table private.solved_conversations from public, anon, authenticated, service_role;
grant select on table public.knowledge_suggestions to authenticated;
grant select, insert, update, delete on table public.knowledge_suggestions to service_role;
grant select, insert, update, delete on table private.solved_conversations to service_role;

create policy "agents see suggestions" on public.knowledge_suggestions
for select to authenticated using ((select private.is_agent()));
