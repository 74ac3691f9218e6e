create or replace function private.tuned_scopes()
returns table (channel_type text, language text, rate double precision)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    scopes.channel_type, scopes.language,
    (
      private.ai_setting(scopes.channel_type, scopes.language) ->> 'max_wrong_rate'
    )::double precision
  from (
    select null::text as channel_type, null::text as language
    union
    select ai_settings.channel_type, ai_settings.language
    from public.ai_settings
    union
    select ai_thresholds.channel_type, ai_thresholds.language
    from public.ai_thresholds
  ) as scopes;
end;
$$;

comment on function private.tuned_scopes is
'The channels and languages for which a threshold is looked for, null means any, with the share of
wrong answers that is accepted there.';
revoke all on function private.tuned_scopes from public;
grant execute on function private.tuned_scopes to service_role;
