create or replace function private.modes_of(p_channel_type text, p_language text)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select array_agg(distinct private.ai_setting(p_channel_type, spoken.language) ->> 'mode')
  from (
    select p_language as language
    union all
    select ai_settings.language
    from public.ai_settings
    where p_language is null
      and ai_settings.language is not null
      and coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
  ) as spoken;
$$;

comment on function private.modes_of is
'The mode in a language on a channel, as the only one; of an unknown language all that it may be.';
revoke all on function private.modes_of from public;
grant execute on function private.modes_of to service_role;
