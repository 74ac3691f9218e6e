create or replace function public.delivery_slo(p_window interval default '30 days')
returns table (
  channel_type text, account text, attempted bigint, accepted bigint, confirmed bigint, read bigint,
  failed bigint, unknown bigint, dead bigint, pending bigint,
  accepted_rate numeric, confirmed_rate numeric, receipt text,
  accepted_p50_ms double precision, accepted_p95_ms double precision,
  accepted_p99_ms double precision, confirmed_p50_ms double precision,
  confirmed_p95_ms double precision, confirmed_p99_ms double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return query
  select
    channels.type, channels.account, sums.attempted, sums.accepted,
    case when figures.has_receipts then sums.confirmed end,
    case when figures.has_receipts then sums.read end,
    sums.failed, sums.unknown, sums.dead, sums.pending,
    round(sums.accepted::numeric / nullif(sums.attempted - sums.pending, 0), 5),
    case when figures.has_receipts
      then round(sums.confirmed::numeric / nullif(sums.accepted, 0), 5) end,
    figures.receipt,
    sums.accepted_ms[1], sums.accepted_ms[2], sums.accepted_ms[3],
    figures.confirmed_ms[1], figures.confirmed_ms[2], figures.confirmed_ms[3]
  from private.delivery_sums(p_window) as sums
  join public.channels on channels.id = sums.channel_id
  cross join lateral (
    select
      private.receipts_of(channels.type) as receipt,
      private.receipts_of(channels.type) not like 'none%' as has_receipts,
      case when private.receipts_of(channels.type) not like 'none%'
        then sums.confirmed_ms end as confirmed_ms
  ) as figures
  order by channels.type, channels.account;
end;
$$;

comment on function public.delivery_slo is
'How many messages of so long each platform took, confirmed and lost, and how soon (R65): computed
from the outbox, of days long past from their sums; percentiles are true to one per cent. Of what a
platform never reports it says so and gives null. PT403.';
revoke all on function public.delivery_slo from public, anon, authenticated, service_role;
grant execute on function public.delivery_slo to authenticated, service_role;
