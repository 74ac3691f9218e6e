alter table public.ai_settings enable row level security;
alter table private.reply_jobs enable row level security;
alter table public.ai_runs enable row level security;

revoke all on table public.ai_settings from public, anon, authenticated, service_role;
revoke all on table private.reply_jobs from public, anon, authenticated, service_role;
revoke all on table public.ai_runs from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.ai_settings to authenticated;
grant select on table private.reply_jobs to authenticated;
grant select on table public.ai_runs to authenticated;
grant select, insert, update, delete on table public.ai_settings to service_role;
grant select, insert, update, delete on table private.reply_jobs to service_role;
grant select, insert, update, delete on table public.ai_runs to service_role;

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

create view public.reply_jobs with (security_invoker = true) as
select
  reply_jobs.id,
  reply_jobs.conversation_id,
  reply_jobs.first_message_id,
  reply_jobs.state,
  reply_jobs.outcome,
  reply_jobs.reason,
  reply_jobs.attempt,
  reply_jobs.deadline,
  reply_jobs.reply_message_id,
  reply_jobs.created_at,
  reply_jobs.finished_at
from private.reply_jobs;

comment on view public.reply_jobs is 'The turns of the AI as agents see them.';

revoke all on table public.reply_jobs from public, anon, authenticated, service_role;
grant select on table public.reply_jobs to authenticated, service_role;

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
