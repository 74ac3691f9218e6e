-- The built-in answerer holds itself to its fit's gate (worker/calibration.py), no language model
-- has one.
create or replace function private.gates_held(p_setting jsonb)
returns table (answerer text, fit text, needed double precision, decided_by text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_threshold double precision := private.threshold_of(p_setting);
  v_rate double precision := private.wrong_rate_of(p_setting);
  v_learned jsonb := private.gates_at(v_rate);
begin
  return query
  select
    held.answerer, held.fit, greatest(v_threshold, held.gate),
    case
      when held.gate > v_threshold then held.taught_by
      when v_threshold = (p_setting ->> 'tuned_threshold')::double precision
        then 'max_wrong_rate'
      else 'confidence_threshold'
    end
  from (
    select 'model', null, null, null
    union all
    select
      'embedded', shipped.fit,
      coalesce((v_learned ->> shipped.fit)::double precision, shipped.gate),
      case when v_learned ? shipped.fit then 'learned' else 'shipped' end
    from private.shipped_gates(v_rate) as shipped
  ) as held (answerer, fit, gate, taught_by)
  order by held.answerer desc, held.fit;
end;
$$;

comment on function private.gates_held is
'The confidence that an answer needs, by who answers (model: a language model; embedded: the
built-in answerer, for each of its fits), and what decides that: confidence_threshold, as it is set;
max_wrong_rate, what labels found for it; learned, what customers'' picks taught of the fit;
shipped, what other businesses taught.';
revoke all on function private.gates_held from public;
grant execute on function private.gates_held to authenticated, service_role;
