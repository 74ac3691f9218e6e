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
begin
  return private.settle_suggestion(p_id, p_approve, coalesce(p_edited, '{}'));
end;
$$;

comment on function public.decide_suggestion is
'An agent approves a suggestion, edited or as it is ({question, title, body, language}), or refuses
it for good; {state, article_id}. PT400 while a masked place is left in the text, PT403, PT404,
PT409.';
revoke all on function public.decide_suggestion from public, anon, authenticated, service_role;
grant execute on function public.decide_suggestion to authenticated, service_role;
