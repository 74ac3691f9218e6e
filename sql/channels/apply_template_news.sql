-- The news names the business, whose numbers share their templates: all channels of the type.
create or replace function private.apply_template_news(
  p_channel_type text,
  p_name text,
  p_data jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.message_templates
  set
    status = case when p_name = 'message_template_status_update'
      then lower(coalesce(p_data ->> 'event', message_templates.status))
      else message_templates.status end,
    quality = coalesce(lower(p_data ->> 'new_quality_score'), message_templates.quality),
    category = coalesce(lower(p_data ->> 'new_category'), message_templates.category),
    body = case when p_name = 'message_template_components_update'
      then coalesce(p_data ->> 'message_template_element', message_templates.body)
      else message_templates.body end
  from public.channels
  where channels.id = message_templates.channel_id
    and channels.type = p_channel_type
    and message_templates.external_id = p_data ->> 'message_template_id';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.apply_template_news is
'What a platform says of a template: that it may or may not be used, its words, quality, category.
Returns how many rows changed; the next reading of the list has the rest.';
revoke all on function private.apply_template_news from public;
grant execute on function private.apply_template_news to service_role;
