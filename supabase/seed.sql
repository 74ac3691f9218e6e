-- A small shop to try Romashka with: loaded by `make up` at the first start and by
-- `supabase db reset`. Articles stand on one line each, as the paragraphs they are, and all go by
-- `romashka ai knowledge drop --from ./supabase/seed.sql`.
-- noqa: disable=LT05
insert into public.knowledge_articles (
  id, title, body, language, phrasings, imported_from, import_key
)
select
  shop.id::uuid, shop.title, shop.body, shop.language, shop.phrasings, './supabase/seed.sql', shop.id
from (
values
(
  'a0000000-0000-4000-8000-000000000001',
  'How long does delivery take?',
  'Orders within the country arrive in two to four working days. Abroad it takes five to eight working days.

You get an e-mail with a tracking link as soon as the parcel leaves our warehouse.',
  'en',
  array[
    'When will my parcel arrive?', 'How many days until my order gets here?',
    'What is the shipping time?', 'How fast do you ship?', 'How soon will I receive my package?',
    'Delivery time', 'Do you deliver abroad and how long does that take?',
    'How long do I have to wait for my order?', 'When do I get what I ordered?',
    'How quickly is an order delivered?'
  ]
),
(
  'a0000000-0000-4000-8000-000000000002',
  'How do I return something?',
  'You may return any unused item within 30 days. Open "My orders", choose the item and print the free return label.

We refund the price within five working days after the parcel has reached us.',
  'en',
  array[
    'I want to send this back', 'Can I return my order?', 'How do I get a refund?',
    'It does not fit, can I give it back?', 'Where is the return label?',
    'When do I get my money back?', 'What is your return policy?',
    'I would like to return an item', 'How long can I return things?', 'Refund'
  ]
),
(
  'a0000000-0000-4000-8000-000000000003',
  'Which payment methods do you accept?',
  'You can pay by credit card, PayPal, bank transfer or on invoice. Your card is charged when the parcel leaves our warehouse.',
  'en',
  array[
    'How can I pay?', 'Do you take PayPal?', 'Can I pay by credit card?', 'Is paying on invoice possible?',
    'What are the payment options?', 'Do you accept bank transfer?', 'When is my card charged?',
    'Can I use my debit card?', 'Payment', 'Which cards do you accept?'
  ]
),
(
  'a0000000-0000-4000-8000-000000000004',
  'Where is my order?',
  'The tracking link in your shipping e-mail shows where your parcel is. You also find it under "My orders".

If the tracking has not moved for five working days, write to us with your order number.',
  'en',
  array[
    'Track my parcel', 'Where is my package?', 'What is the status of my order?',
    'I have not received a tracking number', 'How do I follow my shipment?',
    'Has my order been shipped yet?', 'Tracking', 'Can you tell me where my delivery is right now?',
    'My tracking link does not work', 'Order status'
  ]
),
(
  'a0000000-0000-4000-8000-000000000005',
  'What are your opening hours?',
  'Our team answers from Monday to Friday, 9 am to 6 pm, and on Saturday from 10 am to 2 pm. The shop online is always open.',
  'en',
  array[
    'When are you open?', 'Are you open on Sunday?', 'Opening times', 'Until what time can I call you?',
    'Are you there on weekends?', 'When does your team work?', 'What time do you close?',
    'Do you work on Saturday?', 'At what hours can I reach you?', 'Business hours'
  ]
),
(
  'a0000000-0000-4000-8000-000000000006',
  'Can I change the delivery address?',
  'You can change the address under "My orders" until the parcel is packed. After that, the carrier lets you redirect it with the tracking link.',
  'en',
  array[
    'I entered the wrong address', 'I moved, can you send it to my new address?',
    'Change shipping address', 'Deliver to another address please', 'How do I correct my address?',
    'My street is wrong in the order', 'Can my parcel go to my office instead?',
    'Update delivery address', 'Send it to a neighbour', 'I made a mistake in my address'
  ]
),
(
  'a0000000-0000-4000-8000-000000000007',
  'How long is the warranty?',
  'Every item has a warranty of two years. If something breaks, send us a photo and your order number, and we repair or replace it.',
  'en',
  array[
    'It broke, what now?', 'The item is defective', 'Is there a guarantee?', 'My product stopped working',
    'Warranty claim', 'Do you repair things?', 'It arrived broken', 'Can I get a replacement for a faulty item?',
    'What does the warranty cover?', 'How long am I covered if it breaks?'
  ]
),
(
  'a0000000-0000-4000-8000-000000000008',
  'How do I find my size?',
  'Every product page has a size table with measurements in centimetres. Between two sizes we advise the larger one.',
  'en',
  array[
    'Which size should I take?', 'Size chart', 'Do your clothes run small?', 'What size am I?',
    'Is there a size guide?', 'I am between two sizes', 'Are the shoes true to size?',
    'How do I measure myself?', 'Which size fits me?', 'Does it come up large?'
  ]
),
(
  'a0000000-0000-4000-8000-000000000009',
  'How do I cancel my order?',
  'Open "My orders" and choose "Cancel" as long as the order is not packed. You get the money back within three working days.',
  'en',
  array[
    'I want to cancel', 'Cancel my order please', 'Can I still stop my order?', 'I ordered by mistake',
    'I changed my mind about my order', 'How can I undo a purchase?', 'Stop the order',
    'Is it too late to cancel?', 'I do not want the order any more', 'Cancellation'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000a',
  'How do I use a discount code?',
  'Enter the code in the field "Discount" at the checkout. One code counts per order, and codes do not apply to gift cards.',
  'en',
  array[
    'My voucher does not work', 'Where do I enter a coupon?', 'Do you have a promo code?',
    'The discount code is not accepted', 'Can I combine two vouchers?', 'How does the coupon work?',
    'Apply a discount', 'Is there a discount for new customers?', 'Promotion code', 'Redeem a voucher'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000b',
  'My parcel is lost',
  'If the tracking says delivered but nothing came, first ask your neighbours. After two working days write to us with your order number: we search for the parcel and send a new one if it stays lost.',
  'en',
  array[
    'It says delivered but I have nothing', 'My package never came', 'The parcel got lost',
    'I did not receive my parcel', 'Someone stole my package', 'My delivery is missing',
    'The carrier says it was delivered but it was not', 'Lost in the mail', 'My order disappeared',
    'Nothing has arrived although it is marked as delivered'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000c',
  'How do I get an invoice?',
  'You find the invoice as a PDF under "My orders" as soon as the parcel has left. For a company name on it, fill in the billing address at the checkout.',
  'en',
  array[
    'I need an invoice', 'Where is my receipt?', 'Can you send me the bill?', 'Invoice with VAT',
    'Download invoice', 'I need a bill for my company', 'Please put our company name on the invoice',
    'How do I get a receipt for my purchase?', 'Tax invoice', 'Billing document'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000d',
  'Wie lange dauert die Lieferung?',
  'Bestellungen im Inland kommen in zwei bis vier Werktagen an. Ins Ausland dauert es fünf bis acht Werktage.

Sobald das Paket unser Lager verlässt, bekommen Sie eine E-Mail mit einem Link zur Sendungsverfolgung.',
  'de',
  array[
    'Wann kommt mein Paket an?', 'Wie viele Tage dauert der Versand?', 'Lieferzeit',
    'Wie schnell liefern Sie?', 'Wie lange muss ich auf meine Bestellung warten?'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000e',
  'Wie schicke ich etwas zurück?',
  'Unbenutzte Artikel können Sie innerhalb von 30 Tagen zurückgeben. Öffnen Sie „Meine Bestellungen“, wählen Sie den Artikel und drucken Sie das kostenlose Rücksendeetikett.

Wir erstatten den Preis innerhalb von fünf Werktagen, nachdem das Paket bei uns ist.',
  'de',
  array[
    'Ich möchte etwas zurückgeben', 'Kann ich meine Bestellung zurückschicken?',
    'Wo ist das Rücksendeetikett?', 'Wann bekomme ich mein Geld zurück?', 'Rückgabe'
  ]
),
(
  'a0000000-0000-4000-8000-00000000000f',
  'Quels sont les délais de livraison ?',
  'Les commandes dans le pays arrivent en deux à quatre jours ouvrés. À l''étranger, il faut compter cinq à huit jours ouvrés.',
  'fr',
  array[
    'Quand mon colis va-t-il arriver ?', 'Combien de temps prend la livraison ?',
    'Délai de livraison', 'Vous livrez en combien de jours ?'
  ]
),
(
  'a0000000-0000-4000-8000-000000000010',
  '¿Cuánto tarda la entrega?',
  'Los pedidos dentro del país llegan en dos a cuatro días laborables. Al extranjero tardan de cinco a ocho días laborables.',
  'es',
  array[
    '¿Cuándo llega mi paquete?', '¿Cuántos días tarda el envío?', 'Plazo de entrega',
    '¿Cuánto tengo que esperar por mi pedido?'
  ]
)
) as shop (id, title, body, language, phrasings)
on conflict (id) do nothing;

insert into public.alert_rules (name, metric_name, aggregate, threshold, minimum_count, severity)
values
('AI answers slowly', 'ai_response_time', 'p95', 6000, 20, 'warning'),
('Deliveries fail', 'delivery_failed', 'count', 10, 1, 'critical'),
('Many hand-overs', 'hand_over', 'count', 100, 1, 'warning')
on conflict (name) do nothing;
