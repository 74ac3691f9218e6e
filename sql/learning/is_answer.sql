create or replace function private.is_answer(p_decision jsonb, p_reply jsonb)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(p_reply ->> 'content', '') <> ''
    and coalesce(p_reply -> 'sources', '[]') <> '[]'
    and (
      p_decision ->> 'outcome' = 'answered'
      or p_decision ->> 'outcome' = 'handed_over' and p_decision ->> 'reason' = 'low_confidence'
    );
$$;

comment on function private.is_answer is
'Whether there was an answer with a source, sent or held back by the gate alone: what a lower
threshold would let through.';
revoke all on function private.is_answer from public;
grant execute on function private.is_answer to authenticated, service_role;
