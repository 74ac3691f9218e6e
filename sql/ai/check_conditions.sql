create or replace function private.check_conditions(p_rule public.hand_over_rules)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    p_rule.signal in (
      'low_confidence', 'asks_for_human', 'complaint', 'not_helped', 'repeated_question',
      'same_source'
    ),
    format('unknown signal %s', left(p_rule.signal, 40)),
    'low_confidence, asks_for_human, complaint, not_helped, repeated_question or same_source'
  );
  perform private.refuse_unless(
    lower(p_rule.sentiment) in ('positive', 'neutral', 'negative'),
    format('%s is no sentiment', left(p_rule.sentiment, 40)), 'positive, neutral or negative'
  );
  perform private.refuse_unless(
    p_rule.after_ai_turns >= 1, format('after_ai_turns of %s', p_rule.after_ai_turns), '1 or more'
  );
  perform private.refuse_unless(
    p_rule.after_clarifications >= 1,
    format('after_clarifications of %s', p_rule.after_clarifications), '1 or more'
  );
  perform private.refuse_unless(
    cardinality(p_rule.keywords) <= 500,
    format('%s keywords', cardinality(p_rule.keywords)), '500 at most: make another rule'
  );
  perform private.refuse_unless(
    jsonb_typeof(p_rule.customer_has) = 'object',
    format('customer_has of %s', left(p_rule.customer_has::text, 40)),
    'attributes and their values, as {"vip": true}'
  );
end;
$$;

comment on function private.check_conditions is
'Refuses a hand-over rule that looks at what there is not. PT400.';
revoke all on function private.check_conditions from public;
grant execute on function private.check_conditions to authenticated, service_role;
