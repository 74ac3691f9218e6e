"""The reply is shown without what it replies to, whichever client quoted it in what language."""

# ruff: noqa: RUF001 - words of other scripts are what is tested

from __future__ import annotations

import pytest

from romashka.channels.mail.quotes import is_forwarded, visible
from tests.romashka.mail.letters import LETTERS, html_letter, letter, message_of
from tests.yardstick import is_within, processor_s

ATTRIBUTIONS = [
    "On Wed, Oct 14, 2026 at 12:00 PM Shop <support@shop.example> wrote:",
    "On 14 Oct 2026, at 12:00, Shop\n<support@shop.example> wrote:",
    "Am 14.10.2026 um 12:00 schrieb Shop <support@shop.example>:",
    "Am Mi., 14. Okt. 2026 um 12:00 Uhr schrieb Shop <\nsupport@shop.example>:",
    "Le mer. 14 oct. 2026 à 12:00, Shop <support@shop.example> a écrit :",
    "El mié, 14 oct 2026 a las 12:00, Shop (<support@shop.example>) escribió:",
    "Il giorno mer 14 ott 2026 alle ore 12:00 Shop <support@shop.example> ha scritto:",
    "Op wo 14 okt 2026 om 12:00 schreef Shop <support@shop.example>:",
    "W dniu 14.10.2026 o 12:00, Shop pisze:",
    "śr., 14 paź 2026 o 12:00 Shop <support@shop.example> napisał(a):",
    "Den ons 14 okt. 2026 kl 12:00 skrev Shop <support@shop.example>:",
    "Em qua., 14 de out. de 2026 às 12:00, Shop <support@shop.example> escreveu:",
    "ср, 14 окт. 2026 г. в 12:00, Shop <support@shop.example>:",
    "14.10.2026 12:00, Shop пишет:",
    "14 октября 2026 г. 12:00 пользователь Shop написал(а):",
    "ср, 14 жовт. 2026 р. о 12:00 Shop <support@shop.example> пише:",
    "14 жовтня 2026 р., 12:00, Shop написала:",
    "Shop <support@shop.example>, 14 Eki 2026 Çar, 12:00 tarihinde şunu yazdı:",
    "في الأربعاء، 14 أكتوبر 2026 في 12:00 كتب Shop ‏<support@shop.example>:",
    "बुध, 14 अक्टू॰ 2026 को 12:00 बजे Shop <support@shop.example> ने लिखा:",
    "2026年10月14日(水) 12:00 Shop <support@shop.example>:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_a_quotation_is_cut_with_its_attribution(attribution: str, mark: str) -> None:
    text = f"Thank you!\n\n{attribution}\n\n{mark}Old words.\n{mark}\n{mark}More."
    assert visible(text) == "Thank you!"


@pytest.mark.parametrize(
    "header",
    [
        "From: Shop <s@shop.example>\nSent: Wednesday\nTo: Anna\nSubject: Order",
        "*Von:* Shop\n*Gesendet:* Mittwoch\n*An:* Anna\n*Betreff:* Order",
        "De : Shop\nEnvoyé : mercredi\nÀ : Anna\nObjet : Order",
        "De: Shop\nEnviado: miércoles\nPara: Anna\nAsunto: Order",
        "De: Shop\nEnviada em: quarta\nPara: Anna\nAssunto: Order",
        "От: Shop\nОтправлено: среда\nКому: Anna\nТема: Order",
        "Від: Shop\nНадіслано: середа\nКому: Anna\nТема: Order",
        "Kimden: Shop\nGönderildi: Çarşamba\nKime: Anna\nKonu: Order",
        "من: Shop\nتم الإرسال: الأربعاء\nإلى: Anna\nالموضوع: Order",
        "प्रेषक: Shop\nभेजा गया: बुधवार\nप्रति: Anna\nविषय: Order",
        "________________________________\nFrom: Shop\nSent: Wednesday\nTo: Anna",
        "-----Original Message-----\nFrom: Shop\nSent: Wednesday",
        "-----Ursprüngliche Nachricht-----\nVon: Shop\nGesendet: Mittwoch",
        "-----Исходное сообщение-----\nОт: Shop\nДата: среда",
    ],
)
def test_an_outlook_header_begins_the_quotation(header: str) -> None:
    assert visible(f"Thank you!\n\n{header}\n\nOld words.") == "Thank you!"


def test_answers_between_quoted_lines_stay_with_them() -> None:
    text = "On 1.1.2026 Shop wrote:\n> Which size?\n\nM.\n\n> Which colour?\n\nRed.\n"
    assert visible(text) == text.strip()


def test_an_answer_below_the_quotation_stands_alone() -> None:
    assert (
        visible("On 1.1.2026 Shop wrote:\n> Which size?\n> M or L?\n\nM, please.") == "M, please."
    )


def test_a_quotation_after_inline_answers_is_cut() -> None:
    text = "> Which size?\nM.\n> Which colour?\nRed.\n\nOn 1.1.2026 Shop wrote:\n> Old\n> words\n"
    assert visible(text) == "> Which size?\nM.\n> Which colour?\nRed."


def test_what_would_leave_nothing_is_shown_whole() -> None:
    text = "On 1.1.2026 Shop <a@b.example> wrote:\n> Old words."
    assert visible(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "-- \nAnna\nCustomer Ltd.",
        "--\nAnna",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Von meinem iPhone gesendet",
        "Enviado do meu iPhone",
        "Отправлено с iPhone",
        "iPhone'umdan gönderildi",
    ],
)
def test_a_signature_is_cut(line: str) -> None:
    assert visible(f"Thank you!\n\n{line}") == "Thank you!"


@pytest.mark.parametrize(
    "text",
    [
        "Sent from my desk, which is easier.",
        "I have three questions:\n- size\n- colour",
        "On Monday I wrote: please send it.",
        "From: here\nto there it is far.",
        "Two lines\n\n-- this is no signature.",
        "Total: 2026-01-01 12:00:",
        "a > b and b > c",
    ],
)
def test_a_persons_own_words_stay(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Mensagem encaminhada ---------",
        "-------- Пересылаемое сообщение --------",
        "---------- İletilen mesaj ---------",
        "---------- رسالة معاد توجيهها ---------",
    ],
)
def test_a_forwards_mark_is_known(mark: str) -> None:
    assert is_forwarded(f"See below\n\n{mark}\nFrom: a@b.example\nTo: c\nSubject: d\n\nWords")


def test_a_forward_inside_a_quotation_is_no_forward() -> None:
    text = "Thanks\n\nOn 1.1.2026 Shop wrote:\n> ---------- Forwarded message ---------\n> From: a"
    assert not is_forwarded(text)


CLIENTS = {
    "gmail": '<div class="gmail_quote"><div class="gmail_attr">On x wrote:</div>Old words</div>',
    "yahoo": '<div id="yahoo_quoted_1" class="yahoo_quoted">Old words</div>',
    "proton": '<div class="protonmail_quote">On x wrote:<blockquote>Old words</blockquote></div>',
    "outlook_web": '<p id="appendonsend"></p><hr><p id="divRplyFwdMsg">From: Shop</p>Old words',
    "outlook_mac": '<span id="OLK_SRC_BODY_SECTION">Old words</span>',
    "outlook_blue": '<p style="border:none;border-top:solid #B5C4DF 1.0pt">From: Shop</p>Old words',
    "windows_mail": '<p style="border-top: #E5E5E5 1px solid"><b>From:</b> Shop</p>Old words',
    "apple": '<blockquote type="cite">Old words</blockquote>',
    "thunderbird": '<div class="moz-cite-prefix">On x:</div><blockquote cite="a">Old</blockquote>',
    "mail_ru": '<div id="style_1_mailru_css_attribute_postfix">Old words</div>',
    "yandex": "<p>14.10.2026, 12:00, Shop &lt;a@b.example&gt;:</p><blockquote>Old</blockquote>",
    "tutanota": '<blockquote class="tutanota_quote">Old words</blockquote>',
    "zimbra": '<hr id="zwchr"><div>From: Shop</div><div>Old words</div>',
}


@pytest.mark.parametrize("client", CLIENTS)
def test_each_clients_html_mark_is_known(client: str) -> None:
    message = message_of(html_letter(f"<html><body><div>Thank you!</div>{CLIENTS[client]}</body>"))
    assert message.content == "Thank you!"
    assert "Old" in message.metadata["text_full"]
    assert "Old" in message.metadata["html"]


def test_a_reply_below_an_html_quotation_stays() -> None:
    markup = '<blockquote type="cite">Which size?</blockquote><div>M, please.</div>'
    assert message_of(html_letter(markup)).content == "M, please."


def test_a_blockquote_of_ones_own_stays() -> None:
    markup = "<p>The label says</p><blockquote>Made in Riga</blockquote><p>Is that right?</p>"
    assert "Made in Riga" in message_of(html_letter(markup)).content


def test_a_forward_in_html_is_kept_whole() -> None:
    markup = '<p>See</p><div class="gmail_quote">---------- Forwarded message<br>Old words</div>'
    assert "Old words" in message_of(html_letter(markup)).content


def test_flowed_paragraphs_are_one_line_each() -> None:
    raw = letter("A long \nsentence.\n-- \nme", "Content-Type: text/plain; format=flowed")
    assert message_of(raw).content == "A long sentence."


def test_the_plain_form_is_cut_where_html_has_no_mark() -> None:
    assert message_of(LETTERS["apple_reply"]).content == "Thanks!"


@pytest.mark.parametrize(
    "unit",
    ["\n", "On ", "On a\n", "From: a\n", ">\n", "a\n>b\n", "On x\ny\n", "-a\n", "_" * 33 + "\n\n",
     "CAUTION: a\nmail\n", "From:\n\n", "- \n", "(", "a", "Am schrieb ", "On 2020 <a\n:\n"],
)  # fmt: skip
@pytest.mark.parametrize("size", [8_000, 100_000])
def test_no_text_takes_long(unit: str, size: int) -> None:
    text = unit * (size // len(unit))
    assert is_within(processor_s(lambda: (visible(text), is_forwarded(text))), 0.4)
