"""How mail clients introduce what they quote, forward and sign, in the languages we speak."""

# ruff: noqa: RUF001 - words and colons of many scripts are meant as they stand

from __future__ import annotations

import re

# "On Monday, Anna wrote:" in the languages that mail-parser-reply knows and in those it does not:
# each alternative is the verb (and what may follow it) at the end of the line.
_WROTE = r"""
wrote|schrieb(?:en)?|a\ écrit|écrit|escribió|ha\ scritto|scrisse|schreef|napisał(?:a|\(a\))?|
napsal\(?a?\)?|skrev|kirjoitti|escreveu|
pisze|пишет|писал(?:а|\(а\))?|написал(?:а|\(а\))?|пише|писав|написав(?:ла|\(ла\))?|написала|
(?:şunları\ |şunu\ )?yazdı|كتبت?|ने\ लिखा(?:\ है)?|ने\ इस\ पर\ लिखा|
写道|寫道|のメール|さんは書きました|님이\ 작성
"""
ATTRIBUTION = re.compile(
    rf"^(?!\s*>)[^\n]{{0,400}}?\b(?:{_WROTE})[^\w\n]{{0,3}}"
    r"(?:<?[^\s<>]{1,100}@[^\s<>]{1,100}>?)?\s*[:：]\s*$",
    re.IGNORECASE | re.VERBOSE,
)
# Languages that put the verb in front: "Am 3. Mai schrieb Anna <anna@example.com>:".
ATTRIBUTION_START = re.compile(
    r"^(?:am|on|le|el|il|op|den|dnia|em|w dniu|dne|на|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|"
    r"(?:пн|вт|ср|чт|пт|сб|вс|нд)[.,]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,|"
    r"في|\S{1,12},? \d{1,2}[. ])",
    re.IGNORECASE,
)
_HAS_DATE = re.compile(r"\d{1,2}[.:/-]\d{2}|\b(?:19|20)\d\d\b|@")
WROTE_INSIDE = re.compile(rf"\b(?:{_WROTE})\b", re.IGNORECASE | re.VERBOSE)

# The header that Outlook and its kin put above what they quote: a sender's line, soon followed
# by two more of these.
_SENDER = (
    "from|von|de|da|van|från|fra|od|lähettäjä|от|від|кому|от кого|kimden|gönderen|من|प्रेषक|"
    "发件人|寄件者|差出人|보낸 사람"
)
_OTHERS = (
    "sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado(?: el)?|fecha|"
    "para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|"
    "wysłano|do|temat|odesláno|komu|předmět|lähetetty|vastaanottaja|aihe|enviada(?: em)?|assunto|"
    "отправлено|дата|кому|копия|тема|надіслано|gönderildi|gönderme tarihi|tarih|kime|konu|"
    "تم الإرسال|التاريخ|إلى|الموضوع|भेजा गया|दिनांक|प्रति|विषय|发送时间|收件人|主题|日期|送信日時|"
    "宛先|件名|보낸 날짜|받는 사람|제목"
)
SENDER_LINE = re.compile(rf"^[\s>*]{{0,6}}\**(?:{_SENDER})\s*:\**\s*\S", re.IGNORECASE)
OTHER_LINE = re.compile(rf"^[\s>*]{{0,6}}\**(?:{_OTHERS})\s*:\**", re.IGNORECASE)
# "-----Original Message-----", in any language: its words differ, its dashes do not.
DASHED = re.compile(r"^[\s>]*-{3,}\s?[^-\n]{4,60}\s?-{3,}\s*$")
UNDERLINE = re.compile(r"^\s*[_-]{10,}\s*$")

_FORWARDED = r"""
forwarded\ message|begin\ forwarded\ message|weitergeleitete\ nachricht|
anfang\ der\ weitergeleiteten|
message\ transféré|message\ transmis|début\ du\ message\ transféré|mensaje\ reenviado|
inicio\ del\ mensaje\ reenviado|messaggio\ inoltrato|inizio\ messaggio\ inoltrato|
mensagem\ encaminhada|início\ da\ mensagem\ encaminhada|doorgestuurd\ bericht|
vidarebefordrat\ (?:brev|meddelande)|videresendt\ (?:besked|melding)|wiadomość\ przekazana|
přeposlaná\ zpráva|edelleenlähetetty|пересылаемое\ (?:сообщение|письмо)|пересланное\ сообщение|
начало\ переадресованного|переслане\ повідомлення|yönlendirilen\ (?:ileti|mesaj)|iletilen\ mesaj|
رسالة\ معاد\ توجيهها|अग्रेषित\ संदेश|转发的邮件|轉寄的郵件|転送メッセージ|전달된\ 메일
"""
FORWARDED = re.compile(
    rf"^[ \t-]{{0,40}}(?:{_FORWARDED})[^\n]{{0,40}}$", re.IGNORECASE | re.VERBOSE | re.MULTILINE
)

SIGNATURE = re.compile(r"^-- ?$")
# "Sent from my iPhone" on a line of its own at the end; the thing's name is a few words.
SENT_FROM = re.compile(
    r"^(?:get outlook for .{1,40}<?https?://\S{1,200}$|(?:sent from|get outlook for|"
    r"von meinem .{2,40} gesendet|gesendet von|envoyé de|"
    r"enviado desde|enviado do|enviado a partir|inviato da|verzonden (?:vanaf|met)|skickat från|"
    r"sendt fra|wysłane z|odesláno z|lähetetty|отправлено (?:с|из)|надіслано (?:з|із)|"
    r"отправлено|.{2,40} (?:üzerinden )?gönderildi|أرسلت? من|مرسل من|मेरे .{2,30} से भेजा|"
    r"发自我的|從我的|iPhoneから送信)[^\n.!?,]{0,60}(?:<https?://\S{1,200})?$)",
    re.IGNORECASE,
)


def is_attribution(line: str) -> bool:
    """Whether a line, or a few joined to one, says who wrote what is quoted below, and when."""
    if len(line) > 500 or not line.rstrip().endswith((":", "：")):
        return False
    if ATTRIBUTION.match(line):
        return bool(_HAS_DATE.search(line) or ATTRIBUTION_START.match(line.strip()))
    return bool(
        ATTRIBUTION_START.match(line.strip())
        and _HAS_DATE.search(line)
        and (WROTE_INSIDE.search(line) or "<" in line)
    )
