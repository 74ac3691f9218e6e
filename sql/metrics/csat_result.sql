create or replace function private.csat_result(p_conversation_id uuid)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'rating', conversations.satisfaction_score,
    'language', coalesce(conversations.language, 'en')
  )
  from public.conversations
  where conversations.id = p_conversation_id;
$$;

comment on function private.csat_result is 'What the rating page shows afterwards.';
revoke all on function private.csat_result from public;
grant execute on function private.csat_result to service_role;
