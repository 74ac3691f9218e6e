create or replace function private.decide_outcome(p_job private.reply_jobs, p_reply jsonb)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when clock_timestamp() > p_job.deadline then 'handed_over'
    when coalesce(btrim(p_reply ->> 'content'), '') = '' then 'handed_over'
    when not private.sources_exist(p_reply -> 'sources') then 'handed_over'
    when p_reply ->> 'outcome' = 'clarify' then 'clarified'
    when p_reply ->> 'outcome' = 'answer'
      and private.confidence_of(p_reply) > (
        select (private.ai_setting(conversations.channel_type, conversations.language)
          ->> 'confidence_threshold')::double precision
        from public.conversations
        where conversations.id = p_job.conversation_id
      ) then 'answered'
    else 'handed_over'
  end;
$$;

comment on function private.decide_outcome is
'The gate (R50): an answer counts in time, with a source that exists, above the threshold (0.7 by
default); a choice counts with a source; everything else goes to people.';
revoke all on function private.decide_outcome from public;
grant execute on function private.decide_outcome to service_role;
