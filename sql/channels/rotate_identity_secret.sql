-- Two random uuids hold 244 bits of chance; the hash only gives them one shape.
create or replace function private.rotate_identity_secret(
  p_channel_id uuid,
  p_overlap interval default interval '24 hours'
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_secret text := 'wsid_' || encode(
    sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'hex'
  );
begin
  update private.website_secrets
  set retired_at = clock_timestamp() + p_overlap
  where website_secrets.channel_id = v_channel_id
    and (
      website_secrets.retired_at is null
      or website_secrets.retired_at > clock_timestamp() + p_overlap
    );

  delete from private.website_secrets
  where website_secrets.channel_id = v_channel_id
    and website_secrets.retired_at < clock_timestamp() - interval '7 days';

  insert into private.website_secrets (channel_id, secret)
  values (v_channel_id, v_secret);
  perform private.audit('rotate_identity_secret', 'channels', v_channel_id::text);
  return v_secret;
end;
$$;

comment on function private.rotate_identity_secret is
'Makes the secret with which a customer''s site signs who its visitors are; returns it, this once.
Older ones stay good for p_overlap (24 hours; nothing for one that has leaked). PT404.';
revoke all on function private.rotate_identity_secret from public;
grant execute on function private.rotate_identity_secret to service_role;
