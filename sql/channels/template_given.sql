create or replace function private.template_given(p_template jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_given jsonb := coalesce(p_template -> 'parameters', '{}');
  v_named boolean := jsonb_typeof(v_given) = 'object';
begin
  if p_template ? 'components' then
    return private.template_call(p_template ->> 'name', p_template ->> 'language', 'named', '{}')
      || jsonb_build_object('components', p_template -> 'components');
  end if;

  return private.template_call(
    p_template ->> 'name', p_template ->> 'language',
    case when v_named then 'named' else 'positional' end,
    case
      when v_named then v_given
      else (
        select coalesce(jsonb_object_agg(given.place::text, given.value), '{}')
        from jsonb_array_elements(v_given) with ordinality as given (value, place)
      )
    end
  );
end;
$$;

comment on function private.template_given is
'A template that somebody chose ({name, language, parameters: [values] or {name: value}, or
components as the platform wants them) in the form in which it is sent.';
revoke all on function private.template_given from public;
grant execute on function private.template_given to service_role;
