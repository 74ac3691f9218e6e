create or replace function private.judge_answer(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer,
  p_reply text,
  p_sources jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_article text := p_sources #>> '{0,article_id}';
  v_verdict text := private.labelled_verdict(
    p_conversation_id, p_first_seq, p_last_seq, v_article
  );
  v_said text := private.human_answer(p_conversation_id, p_last_seq);
begin
  if v_verdict is not null then
    return jsonb_build_object('verdict', v_verdict, 'judged_by', 'label');
  end if;

  v_verdict := private.verdict_by_article(v_said, v_article);
  if v_verdict is not null then
    return jsonb_build_object('verdict', v_verdict, 'judged_by', 'article');
  end if;

  v_verdict := private.verdict_by_words(v_said, p_reply, v_article);
  return jsonb_build_object(
    'verdict', coalesce(v_verdict, 'unknown'),
    'judged_by', case when v_verdict is not null then 'words' end
  );
end;
$$;

comment on function private.judge_answer is
'Whether an answer to a past turn would have been right: by a label of an answer from the same
article there, else by what a person answered then. {verdict: right|wrong|unknown, judged_by}.';
revoke all on function private.judge_answer from public;
grant execute on function private.judge_answer to authenticated, service_role;
