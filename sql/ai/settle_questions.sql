-- Security definer: whoever keeps a run, its words are the machine's to write.
create or replace function private.settle_questions()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if new.outcome = 'answered' then
    delete from private.open_questions
    where open_questions.conversation_id = new.conversation_id and not open_questions.is_missed;
  else
    update private.open_questions
    set is_missed = true
    where open_questions.conversation_id = new.conversation_id and not open_questions.is_missed;
  end if;
  return null;
end;
$$;

comment on function private.settle_questions is
'Trigger: what we asked back about is no open question once something was answered, as what was
picked, and was missed once a person was needed.';
revoke all on function private.settle_questions from public;

create trigger settle_questions
after insert on public.ai_runs
for each row
when (
  new.outcome = 'answered'
  or new.outcome = 'handed_over' and (
    coalesce(new.reason, 'low_confidence') in (
      'low_confidence', 'no_answer', 'clarified_before', 'clarify_limit'
    )
    or new.facts -> 'signals' ?| array['asks_for_human', 'not_helped', 'low_confidence']
  )
)
execute function private.settle_questions();
