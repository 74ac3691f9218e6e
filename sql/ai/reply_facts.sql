create or replace function private.reply_facts(p_facts jsonb, p_reply jsonb, p_gate jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_heard jsonb := coalesce(p_reply -> 'signals', '{}');
  v_article text := p_reply #>> '{sources,0,article_id}';
  v_small_talk boolean := p_reply ->> 'wire' = 'rules'
    and p_reply ->> 'intent' in ('greeting', 'thanks', 'opt_out', 'opt_in');
  v_cited integer;
begin
  select count(*) into v_cited
  from jsonb_array_elements_text(p_facts -> 'articles') as cited (article_id)
  where cited.article_id = v_article and p_reply ->> 'outcome' = 'answer';

  return p_facts || jsonb_build_object(
    'outcome', p_gate -> 'outcome',
    'sentiment', left(coalesce(v_heard ->> 'sentiment', p_reply ->> 'sentiment'), 100),
    'intent', left(p_reply ->> 'intent', 100),
    'ai_turns', case when coalesce(v_small_talk, false) then '0' else p_facts -> 'ai_turns' end,
    'signals', to_jsonb(array(
      select known.signal
      from jsonb_array_elements_text(p_facts -> 'signals') as known (signal)
      where not coalesce(v_small_talk, false)
      union
      select heard.signal
      from (
        values
          ('asks_for_human', p_reply ->> 'reason' = 'asked_for_human'),
          ('complaint', p_reply ->> 'reason' = 'complaint'),
          ('not_helped', p_reply ->> 'reason' = 'not_helped'),
          ('low_confidence', p_gate ->> 'reason' = 'low_confidence'),
          ('same_source', v_cited >= 2)
      ) as heard (signal, is_heard)
      where heard.is_heard or v_heard -> heard.signal = 'true'
    ))
  );
end;
$$;

comment on function private.reply_facts is
'The facts of a turn with what the worker heard and found: signals ({asks_for_human, complaint,
not_helped, sentiment}), intent, the gate''s outcome. Small talk repeats nothing and costs no
turn.';
revoke all on function private.reply_facts from public;
grant execute on function private.reply_facts to service_role;
