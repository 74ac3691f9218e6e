-- Security definer: whoever rates by a link may write no labels.
create or replace function private.label_rated()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_answer public.messages := private.last_answer(new.conversation_id);
begin
  if v_answer.id is not null and new.rating <> 3 then
    perform private.label_message(
      v_answer, case when new.rating > 3 then 'right' else 'wrong' end, 'rating'
    );
  end if;
  return null;
end;
$$;

comment on function private.label_rated is
'Trigger: a rating of a conversation in which the AI had the last word labels that answer; three of
five says nothing.';
revoke all on function private.label_rated from public;

create trigger label_rated after insert or update of rating on public.csat_responses
for each row execute function private.label_rated();
