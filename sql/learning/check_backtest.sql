create or replace function private.check_backtest(
  p_candidate jsonb,
  p_filter jsonb,
  p_limit integer
)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_fault text;
begin
  v_fault := case
    when coalesce(jsonb_typeof(p_candidate), 'null') <> 'object' then 'the candidate is no object'
    when coalesce(p_limit, 0) not between 1 and 5000 then 'the limit is not from 1 to 5000'
    when p_candidate - (
      '{model,threshold,max_wrong_rate,instructions,tone,guardrails,articles}'::text[]
    ) <> '{}'
      then 'the candidate knows model, threshold, max_wrong_rate, instructions, tone, guardrails'
        ' and articles'
    when p_candidate ? 'threshold'
      and coalesce(private.number_of(p_candidate -> 'threshold'), -1) not between 0 and 1
      then 'the threshold is no number from 0 to 1'
    when p_candidate ? 'max_wrong_rate' and not (
      coalesce(private.number_of(p_candidate -> 'max_wrong_rate'), 0) > 0
      and private.number_of(p_candidate -> 'max_wrong_rate') <= 1
    )
      then 'max_wrong_rate, the highest share of wrong answers, is no number above 0, up to 1'
    when coalesce(p_candidate ->> 'articles', 'now') not in ('now', 'then')
      then 'articles are those of now or then'
    when exists (
      select 1
      from jsonb_each(p_candidate - '{threshold,max_wrong_rate}'::text[]) as given (key, value)
      where jsonb_typeof(given.value) <> 'string' or length(given.value #>> '{}') > 20000
    ) then 'all but the threshold and max_wrong_rate are texts'
  end;
  if v_fault is not null then
    raise exception using
      errcode = 'PT400',
      message = v_fault,
      hint = 'as {"model": "embedded", "threshold": 0.8}';
  end if;
  perform private.check_turn_filter(p_filter);
end;
$$;

comment on function private.check_backtest is
'Refuses a candidate, filter or limit that makes no sense, with PT400.';
revoke all on function private.check_backtest from public;
grant execute on function private.check_backtest to authenticated, service_role;
