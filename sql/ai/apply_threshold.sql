-- Security definer: nobody may write thresholds but the labels.
create or replace function private.apply_threshold(
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
  perform private.store_threshold(p_channel_type, p_language, p_max_wrong_rate, p_found);
  perform private.audit(
    'tune', 'ai_thresholds', concat_ws('/', p_channel_type, p_language), p_found
  );
end;
$$;

comment on function private.apply_threshold is
'Makes what labels say the gate; PT403 for anybody but admins.';
revoke all on function private.apply_threshold from public;
grant execute on function private.apply_threshold to authenticated, service_role;
