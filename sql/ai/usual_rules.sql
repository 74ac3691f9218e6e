-- What hands a conversation over where nobody has said otherwise (R51): admins switch rows off,
-- change them and add their own. The first rule that fits names the reason, so what is most urgent
-- to the person at the desk comes first: a complaint that threatens to sue is one of law.
insert into public.hand_over_rules (name, position, reason, priority, signal)
values
('Asks for a person', 10, 'asked_for_human', null, 'asks_for_human'),
('Complaint', 30, 'complaint', 'high', 'complaint'),
('Did not help', 50, 'not_helped', null, 'not_helped'),
('Asked again', 60, 'repeated_question', null, 'repeated_question'),
('Third answer from one article', 70, 'same_source', null, 'same_source'),
('Not sure enough', 1000, 'low_confidence', null, 'low_confidence')
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, priority, customer_has)
values ('Very important customer', 20, 'vip', 'high', '{"vip": true}')
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, after_ai_turns)
values ('Limit of turns', 80, 'turn_limit', 6)
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, after_clarifications)
values ('Asked back twice', 90, 'clarify_limit', 2)
on conflict (name) do nothing;

insert into public.hand_over_rules (name, position, reason, priority, sentiment, is_enabled)
values ('Angry or sad', 95, 'sentiment', 'high', 'negative', false)
on conflict (name) do nothing;

-- French avocat is an avocado too, Dutch advocaat and Polish adwokat a drink: only where a person
-- is meant.
insert into public.hand_over_rules (name, position, reason, priority, keywords)
values (
  'Law and safety', 5, 'keyword', 'urgent',
  array[
    'lawyer', 'attorney', 'solicitor', 'sue you', 'take legal action', 'suicide', 'kill myself',
    'Anwalt', 'Rechtsanwalt', 'Anwältin', 'verklagen', 'Selbstmord', 'umbringen',
    'abogado', 'abogada', 'demandarlos', 'suicidio', 'suicidarme',
    'mon avocat', 'mes avocats', 'notre avocat', 'nos avocats', 'avocate', 'avocat vous',
    'avocats vous', 'avocat va vous', 'avocat prendra contact', 'contacter un avocat',
    'consulter un avocat', 'engager un avocat', 'saisir un avocat', 'cabinet d''avocats',
    'porter plainte', 'suicide', 'me suicider',
    'avvocato', 'denuncia legale', 'suicidio', 'uccidermi',
    'advogado', 'advogada', 'processar vocês', 'suicídio', 'me matar',
    'mijn advocaat', 'mijn advocaten', 'onze advocaat', 'onze advocaten', 'advocaat inschakelen',
    'advocaat in de arm', 'advocaat neemt contact', 'advocaat zal', 'naar een advocaat',
    'advocatenkantoor', 'aanklagen', 'zelfmoord',
    'prawnik', 'prawnika', 'prawnikiem', 'mój adwokat', 'nasz adwokat', 'mojego adwokata',
    'moim adwokatem', 'do adwokata', 'adwokat skontaktuje', 'pozwę', 'samobójstwo',
    'адвокат', 'юрист', 'подам в суд', 'самоубийство', 'покончить с собой',
    'avukat', 'dava açacağım', 'intihar',
    'محامي', 'سأقاضيكم', 'انتحار',
    '律师', '起诉', '自杀'
  ]
)
on conflict (name) do nothing;

-- From here on: what a new project brings is nobody's change.
create trigger audit_hand_over_rules after insert or update or delete on public.hand_over_rules
for each row execute function private.audit_change();
