-- A header or button with a variable of its own cannot be filled from a text.
create or replace function private.template_for(
  p_channel_id uuid,
  p_content text,
  p_language text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if length(p_content) not between 1 and 2000 then
    return null;
  end if;

  return (
    select private.template_call(
      message_templates.name, message_templates.language, message_templates.parameter_format,
      matches.given
    )
    from public.message_templates
    cross join lateral private.template_values(message_templates.body, p_content)
      as matches (given)
    where message_templates.channel_id = p_channel_id
      and message_templates.status = 'approved'
      and matches.given is not null
      and not exists (
        select 1
        from jsonb_array_elements(message_templates.components) as parts (item)
        where parts.item ->> 'type' <> 'BODY'
          and (
            parts.item ->> 'format' in ('IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION')
            or parts.item::text like '%{{%'
          )
      )
    order by
      message_templates.language is distinct from p_language,
      split_part(message_templates.language, '_', 1)
      is distinct from split_part(replace(p_language, '-', '_'), '_', 1),
      matches.given <> '{}', message_templates.name, message_templates.language
    limit 1
  );
end;
$$;

comment on function private.template_for is
'The approved template that reads exactly like a text, in the form in which it is sent, or null:
{name, language, components}; one in the customer''s language and without variables first (R28).';
revoke all on function private.template_for from public;
grant execute on function private.template_for to service_role;
