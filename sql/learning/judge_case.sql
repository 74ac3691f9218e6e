create or replace function private.judge_case(
  p_conversation_id uuid,
  p_customer_id uuid,
  p_first_at timestamptz,
  p_last_answer_at timestamptz
)
returns table (resolved text, resolved_strictly text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_rating smallint := (
    select csat_responses.rating
    from public.csat_responses
    where csat_responses.conversation_id = p_conversation_id
  );
begin
  resolved := case
    when p_last_answer_at is null
      or private.needed_person(
        p_conversation_id, p_first_at, p_last_answer_at + interval '24 hours'
      ) then 'no'
    when v_rating >= 4 or p_last_answer_at + interval '24 hours' <= statement_timestamp()
      then 'yes'
    else 'open'
  end;
  resolved_strictly := case
    when resolved = 'no' or v_rating <= 2
      or private.needed_person(
        p_conversation_id, p_first_at, p_last_answer_at + interval '7 days'
      )
      or private.came_back(p_customer_id, p_last_answer_at) then 'no'
    when p_last_answer_at + interval '7 days' <= statement_timestamp() then 'yes'
    else 'open'
  end;
  return next;
end;
$$;

comment on function private.judge_case is
'Whether the AI resolved what it was asked, twice: resolved when no person was needed within a day
of its last answer (at once where the customer rated it 4 or 5); strictly when none was within
seven days, the customer did not come back in them, and did not rate it 1 or 2. yes, no, or open:
too early to tell.';
revoke all on function private.judge_case from public;
grant execute on function private.judge_case to authenticated, service_role;
