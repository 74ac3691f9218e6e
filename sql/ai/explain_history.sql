create or replace function private.explain_history(p_run public.ai_runs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'seq', messages.seq,
        'role', messages.sender_type,
        'content', left(messages.content, 2000),
        'is_changed', coalesce(
          greatest(messages.edited_at, messages.deleted_at) > p_run.created_at, false
        )
      )
      order by messages.seq
    ), '[]')
    from jsonb_array_elements(coalesce(p_run.seen -> 'history', '[]')) as shown (seq)
    join public.messages
      on messages.conversation_id = p_run.conversation_id
      and messages.seq = private.number_of(shown.seq)
  );
end;
$$;

comment on function private.explain_history is
'The messages that a run was shown before the question: [{seq, role, content, is_changed: edited or
deleted since, so that the words are today''s}].';
revoke all on function private.explain_history from public;
grant execute on function private.explain_history to authenticated, service_role;
