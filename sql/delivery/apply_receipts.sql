create or replace function private.apply_receipts(p_channel_id uuid, p_receipts jsonb)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_delivery_ids uuid[];
  v_delivery_id uuid;
begin
  with reported as (
    insert into private.receipts (
      channel_id, external_id, status, error_code, error, occurred_at, delivery_id
    )
    select
      p_channel_id, receipts.external_id, receipts.status,
      left(receipts.error_code, 100), left(receipts.error, 1000),
      case
        when pg_input_is_valid(receipts.occurred_at, 'timestamptz')
          then receipts.occurred_at::timestamptz
      end,
      private.delivery_of(p_channel_id, receipts.external_id, receipts.tracker)
    from jsonb_to_recordset(p_receipts) as receipts (
      external_id text, status text, error_code text, error text, occurred_at text, tracker text
    )
    order by receipts.external_id, receipts.status
    on conflict (channel_id, external_id, status) do nothing
    returning receipts.delivery_id
  )

  select array_agg(distinct reported.delivery_id order by reported.delivery_id)
  filter (where reported.delivery_id is not null)
  into v_delivery_ids
  from reported;

  foreach v_delivery_id in array coalesce(v_delivery_ids, '{}') loop
    perform private.apply_receipts_of(v_delivery_id);
  end loop;
  return jsonb_array_length(p_receipts);
end;
$$;

comment on function private.apply_receipts is
'Takes what a platform reports of our messages: [{external_id, status, tracker, error_code, error,
occurred_at}]; known deliveries move on, unknown ones are parked (R27, U3). Returns how many.';
revoke all on function private.apply_receipts from public;
grant execute on function private.apply_receipts to service_role;
