create or replace function public.decide_suggestion(
  p_id uuid,
  p_approve boolean,
  p_edited jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_edited jsonb := coalesce(nullif(p_edited, 'null'), '{}');
begin
  perform private.refuse_unless(
    p_approve is not null,
    'nothing says whether to approve', 'true approves, false refuses for good'
  );
  perform private.refuse_unless(
    jsonb_typeof(v_edited) = 'object', 'what was edited is no object', 'as {"title": "Repairs"}'
  );
  perform
    private.refuse_unless(
      edited.name in ('question', 'title', 'body', 'language'),
      format('a suggestion has no %s', left(edited.name, 40)), 'question, title, body or language'
    ),
    private.refuse_unless(
      jsonb_typeof(edited.said) in ('string', 'null'),
      format('the %s is no text', edited.name), 'as {"title": "Repairs"}'
    )
  from jsonb_each(v_edited) as edited (name, said);
  return private.settle_suggestion(p_id, p_approve, v_edited);
end;
$$;

comment on function public.decide_suggestion is
'An agent approves a suggestion, edited or as it is ({question, title, body, language}), or refuses
it for good; {state, article_id}. PT400 while a masked place is left in the text and for what is no
such text, PT403, PT404, PT409.';
revoke all on function public.decide_suggestion from public, anon, authenticated, service_role;
grant execute on function public.decide_suggestion to authenticated, service_role;
