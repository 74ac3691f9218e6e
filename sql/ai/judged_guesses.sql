create or replace function private.judged_guesses(p_fit text)
returns table (log_odds double precision, is_right integer)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select private.log_odds(guesses.confidence), guesses.is_right
  from (
    select distinct on (conversations.customer_id)
      ai_runs.confidence, (ai_labels.verdict = 'right')::integer as is_right, ai_runs.created_at
    from public.ai_runs
    join public.ai_labels on ai_labels.run_id = ai_runs.id
    join public.conversations on conversations.id = ai_runs.conversation_id
    where ai_runs.fit = p_fit
      and ai_runs.created_at > clock_timestamp() - interval '90 days'
      and case ai_labels.source
        when 'pick' then true
        when 'agent' then ai_runs.outcome <> 'clarified'
        when 'rating' then ai_runs.outcome = 'answered'
      end
    order by conversations.customer_id, ai_labels.source, ai_runs.created_at desc
  ) as guesses
  order by guesses.created_at desc
  limit 5000;
end;
$$;

comment on function private.judged_guesses is
'The guesses of the built-in answerer by one fit that somebody judged, the newest 5000 of 90 days:
log odds of the confidence, and 1 where it was right. One of each customer, so that one alone cannot
talk the AI into trusting itself; an agent''s word first, then a pick. A thumb or a rating on a
question back is none on the guess behind it.';
revoke all on function private.judged_guesses from public;
grant execute on function private.judged_guesses to service_role;
