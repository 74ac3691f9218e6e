create or replace function private.require_labels(
  p_found jsonb,
  p_max_wrong_rate double precision
)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_answerer text;
  v_labels bigint;
begin
  select found.key, (found.value ->> 'labels')::bigint into v_answerer, v_labels
  from jsonb_each(p_found) as found
  order by (found.value -> 'labels') desc, found.key
  limit 1;

  if coalesce(v_labels, 0) < private.labels_needed(p_max_wrong_rate) then
    raise exception using
      errcode = 'PT409',
      message = format(
        '%s too few to promise at most %s %% wrong',
        private.counted(
          coalesce(v_labels, 0),
          concat_ws(' of ', 'labelled answer', v_answerer) || ' is',
          concat_ws(' of ', 'labelled answers', v_answerer) || ' are'
        ),
        trim_scale(round((100 * p_max_wrong_rate)::numeric, 2))
      ),
      hint = format(
        'at least %s of one answerer are needed: agents label answers by label_answer(message,'
        ' right or wrong) or romashka ai label, customers by their ratings',
        private.labels_needed(p_max_wrong_rate)
      );
  end if;
end;
$$;

comment on function private.require_labels is
'PT409 where no answerer has as many labels as it takes to promise a share of wrong answers, with
how many that are.';
revoke all on function private.require_labels from public;
grant execute on function private.require_labels to authenticated, service_role;
