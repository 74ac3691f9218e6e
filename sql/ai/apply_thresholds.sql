-- Security definer: nobody may write thresholds but the labels. A threshold counts while the
-- settings accept the share that it was found for.
create or replace function private.apply_thresholds(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_found jsonb
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_admin();
  if not p_found @? '$.* ? (@.threshold != null)' then
    raise exception using
      errcode = 'PT409',
      message = 'the labels prove nothing yet, for or against',
      hint = 'more labels will tell; until then the gate stays as it is set';
  end if;

  insert into public.ai_settings (channel_type, language, max_wrong_rate)
  values (p_channel_type, p_language, p_max_wrong_rate)
  on conflict on constraint ai_settings_scope_key do update
    set max_wrong_rate = excluded.max_wrong_rate
  where ai_settings.max_wrong_rate is distinct from excluded.max_wrong_rate;
  perform private.store_thresholds(p_channel_type, p_language, p_max_wrong_rate, p_found);
  perform private.learn_gates_at(array[p_max_wrong_rate]);
  perform private.audit(
    'tune', 'ai_thresholds', concat_ws('/', p_channel_type, p_language), p_found
  );
end;
$$;

comment on function private.apply_thresholds is
'Makes what labels say of each answerer its gate, and their share of wrong answers the one that is
accepted there; PT403 for anybody but admins, PT409 while the labels leave it open for all.';
revoke all on function private.apply_thresholds from public;
grant execute on function private.apply_thresholds to authenticated, service_role;
