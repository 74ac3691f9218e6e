-- As worker/calibrators.json has them, by the key of a fit (a test compares both): what a worker
-- will hold itself to is known before one has answered.
create or replace function private.shipped_gates(p_max_wrong_rate double precision)
returns table (fit text, gate double precision)
language sql
immutable
security invoker
set search_path = ''
as $$
  select
    shipped.fit,
    case
      when p_max_wrong_rate >= 1 then 0
      else coalesce(
        (
          array_agg(shipped.gate order by shipped.max_wrong_rate desc)
          filter (where shipped.max_wrong_rate <= p_max_wrong_rate + 1e-9)
        )[1],
        1
      )
    end
  from (
    values
      ('words with phrasings 97aeb77f', 0.02, 0.99),
      ('words with phrasings 97aeb77f', 0.05, 0.975),
      ('words with phrasings 97aeb77f', 0.1, 0.88),
      ('words 0de284d0', 0.02, 0.985),
      ('words 0de284d0', 0.05, 0.985),
      ('words 0de284d0', 0.1, 0.93),
      ('meaning with phrasings dead7b5d', 0.02, 1.0),
      ('meaning with phrasings dead7b5d', 0.05, 0.94),
      ('meaning with phrasings dead7b5d', 0.1, 0.745),
      ('meaning 782c8bdd', 0.02, 1.0),
      ('meaning 782c8bdd', 0.05, 0.96),
      ('meaning 782c8bdd', 0.1, 0.885)
  ) as shipped (fit, max_wrong_rate, gate)
  group by shipped.fit;
$$;

comment on function private.shipped_gates is
'The confidence that an answer of the built-in answerer needs, by fit, as other businesses taught:
that of the nearest share of wrong answers that is no larger, certainty below the least, 0 where all
may be wrong.';
revoke all on function private.shipped_gates from public;
grant execute on function private.shipped_gates to authenticated, service_role;
