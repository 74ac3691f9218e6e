create or replace function private.hand_over_note(p_reason text, p_details jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return concat_ws(
    E'\n',
    'Handed over: ' || p_reason || coalesce(' (' || (p_details ->> 'rule') || ')', ''),
    'Question: ' || left(p_details ->> 'question', 500),
    'Confidence: ' || round((p_details ->> 'confidence')::numeric, 2)
      || coalesce(', needed: ' || round((p_details ->> 'threshold')::numeric, 2), ''),
    'Looked at: ' || (
      select string_agg(left(looked.source ->> 'title', 100), '; ')
      from jsonb_array_elements(p_details -> 'sources') as looked (source)
    ),
    'Before: ' || (p_details ->> 'ai_turns') || ' replies of the AI, asked back '
      || (p_details ->> 'clarifications') || ' times in a row',
    'Would have said: ' || left(p_details ->> 'draft', 500),
    'Error: ' || (p_details ->> 'error')
  );
end;
$$;

comment on function private.hand_over_note is
'A hand-over in words for agents, from the details that stand in the note''s metadata.';
revoke all on function private.hand_over_note from public;
grant execute on function private.hand_over_note to service_role;
