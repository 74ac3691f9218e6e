-- What hands a conversation over where nobody has said otherwise (R51): admins switch rows off,
-- change them and add their own.
insert into public.hand_over_rules (
  name, position, reason, signal, after_ai_turns, after_clarifications, sentiment, customer_has,
  priority, is_enabled
)
values
('Asks for a person', 10, 'asked_for_human', 'asks_for_human', null, null, null, null, null, true),
('Very important customer', 20, 'vip', null, null, null, null, '{"vip": true}', 'high', true),
('Complaint', 30, 'complaint', 'complaint', null, null, null, null, 'high', true),
('Did not help', 50, 'not_helped', 'not_helped', null, null, null, null, null, true),
('Asked again', 60, 'repeated_question', 'repeated_question', null, null, null, null, null, true),
('Third answer from one article', 70, 'same_source', 'same_source', null, null, null, null, null,
  true),
('Limit of turns', 80, 'turn_limit', null, 6, null, null, null, null, true),
('Asked back twice', 90, 'clarify_limit', null, null, 2, null, null, null, true),
('Angry or sad', 95, 'sentiment', null, null, null, 'negative', null, 'high', false),
('Not sure enough', 1000, 'low_confidence', 'low_confidence', null, null, null, null, null, true)
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, priority, keywords)
values (
  'Law and safety', 40, 'keyword', 'urgent',
  array[
    'lawyer', 'attorney', 'solicitor', 'sue you', 'take legal action', 'suicide', 'kill myself',
    'Anwalt', 'Rechtsanwalt', 'Anwältin', 'verklagen', 'Selbstmord', 'umbringen',
    'abogado', 'abogada', 'demandarlos', 'suicidio', 'suicidarme',
    'avocat', 'avocate', 'porter plainte', 'suicide', 'me suicider',
    'avvocato', 'denuncia legale', 'suicidio', 'uccidermi',
    'advogado', 'advogada', 'processar vocês', 'suicídio', 'me matar',
    'advocaat', 'aanklagen', 'zelfmoord',
    'prawnik', 'adwokat', 'pozwę', 'samobójstwo',
    'адвокат', 'юрист', 'подам в суд', 'самоубийство', 'покончить с собой',
    'avukat', 'dava açacağım', 'intihar',
    'محامي', 'سأقاضيكم', 'انتحار',
    '律师', '起诉', '自杀'
  ]
)
on conflict (name) do nothing;

