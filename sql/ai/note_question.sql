-- Security definer: whoever keeps a run, its words are the machine's to write. Mails of one subject
-- ask as many things as they say; a first one that says less than two words asks by its subject as
-- well, those that follow have it from the first.
create or replace function private.note_question()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_language text;
  v_written text;
  v_before public.ai_runs;
  v_terms text[];
begin
  if new.question is null then
    delete from private.open_questions where open_questions.run_id = new.id;
    return null;
  end if;

  select coalesce(conversations.language, 'en') into v_language
  from public.conversations
  where conversations.id = new.conversation_id;

  v_written := coalesce(new.left_out, private.written_in(new.reply_job_id), new.question);
  v_before := private.run_before(new);
  if new.left_out is null and v_before.outcome = 'clarified'
    and v_before.wire is distinct from 'rules'
    and private.says_which(v_written, v_language) then
    return null;
  end if;

  v_terms := private.asked_terms(v_written, v_language);
  if cardinality(v_terms) < 2 and v_before.id is null and new.left_out is null then
    v_terms := private.asked_terms(new.question, v_language);
  end if;
  if cardinality(v_terms) > 0 then
    insert into private.open_questions (
      run_id, conversation_id, language, terms, is_missed, asked_at
    )
    values (
      new.id, new.conversation_id, v_language, v_terms, new.outcome <> 'clarified', new.created_at
    );
  end if;
  return null;
end;
$$;

comment on function private.note_question is
'Trigger: keeps the words of a question that no article answered, or that an answer left out, none
of small talk nor of what only answers a question of ours, and lets go of them when the question is
blanked.';
revoke all on function private.note_question from public;

create trigger note_question
after insert on public.ai_runs
for each row
when (
  new.question is not null and (
    new.left_out is not null
    or new.outcome = 'clarified' and new.wire is distinct from 'rules'
    or new.outcome = 'handed_over'
    and coalesce(new.reason, 'low_confidence') in (
      'low_confidence', 'no_answer', 'clarified_before', 'clarify_limit'
    )
  )
)
execute function private.note_question();

create trigger forget_question
after update of question on public.ai_runs
for each row
when (new.question is null and old.question is not null)
execute function private.note_question();
