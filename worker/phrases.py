"""Small talk and the wish for a human, recognised in twelve languages without a model.

A wish for a human is a verb and a person close together ("talk to … someone"), because the person
alone also stands in questions ("someone used my card"). Small talk is a message made of nothing
but its words, so "thanks, and where is my parcel?" is a question.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is about

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language, each list a text separated by blanks.

    Up to VERB_GAP words may stand between one of `verbs` and a person, WANT_GAP after `wants`.
    """

    verbs: str
    wants: str
    persons: str
    greetings: str
    thanks: str
    fillers: str
    hello: str
    welcome: str


LANGUAGES = {
    "en": Phrases(
        verbs="speak speaking talk talking chat chatting connect connecting transfer contact"
        " contacting reach reaching call message put",
        wants="get give want need ask require prefer",
        persons="human person someone somebody agent agents operator representative rep people"
        " humans assistant employee staff advisor adviser",
        greetings="hi hello hey hiya greetings morning afternoon evening",
        thanks="thanks thank thx ty cheers",
        fillers="good there you all very much so a lot many ok okay great perfect for your help the"
        " that is again dear",
        hello="Hello! How can I help you?",
        welcome="You are welcome! Is there anything else I can help you with?",
    ),
    "de": Phrases(
        verbs="sprechen reden chatten verbinden kontaktieren erreichen rede spreche telefonieren",
        wants="brauche möchte will geben",
        persons="mensch menschen mitarbeiter mitarbeiterin person jemandem jemanden berater"
        " beraterin agent agenten kundenberater",
        greetings="hallo hi hey moin servus morgen tag abend grüezi",
        thanks="danke dank dankeschön merci",
        fillers="guten gute schönen vielen lieben besten ihnen euch dir sehr ok okay super perfekt"
        " für die das ihre hilfe zusammen",
        hello="Hallo! Wie kann ich Ihnen helfen?",
        welcome="Gern geschehen! Kann ich sonst noch etwas für Sie tun?",
    ),
    "fr": Phrases(
        verbs="parler discuter contacter joindre appeler transférer passer",
        wants="veux voudrais souhaite besoin mettre",
        persons="humain humaine personne quelqu'un conseiller conseillère agent opérateur employé",
        greetings="bonjour bonsoir salut coucou hello",
        thanks="merci",
        fillers="beaucoup bien à vous tous toutes et ok parfait super pour votre aide mille",
        hello="Bonjour ! Comment puis-je vous aider ?",
        welcome="Je vous en prie ! Puis-je vous aider pour autre chose ?",
    ),
    "es": Phrases(
        verbs="hablar chatear contactar comunicarme comunicar pasar pasarme pásame transferir"
        " conectar llamar",
        wants="quiero necesito quisiera",
        persons="humano humana persona alguien agente operador operadora representante asesor"
        " asesora empleado",
        greetings="hola buenas buenos",
        thanks="gracias",
        fillers="días tardes noches muchas mil a todos ok perfecto genial por la tu su ayuda muy",
        hello="¡Hola! ¿En qué puedo ayudarle?",
        welcome="¡De nada! ¿Puedo ayudarle en algo más?",
    ),
    "it": Phrases(
        verbs="parlare chattare contattare passare passarmi chiamare collegare trasferire",
        wants="voglio vorrei bisogno",
        persons="umano umana persona qualcuno operatore operatrice agente consulente addetto",
        greetings="ciao salve buongiorno buonasera",
        thanks="grazie",
        fillers="mille molte tante a tutti ok perfetto per il vostro aiuto buon giorno",
        hello="Buongiorno! Come posso aiutarla?",
        welcome="Prego! Posso aiutarla con qualcos'altro?",
    ),
    "pt": Phrases(
        verbs="falar conversar contactar contatar passar transferir ligar conectar",
        wants="quero preciso gostaria",
        persons="humano humana pessoa alguém atendente agente operador operadora funcionário",
        greetings="olá oi ola",
        thanks="obrigado obrigada",
        fillers="bom boa dia tarde noite muito a todos ok perfeito pela ajuda",
        hello="Olá! Como posso ajudar?",
        welcome="De nada! Posso ajudar em mais alguma coisa?",
    ),
    "nl": Phrases(
        verbs="spreken praten chatten contact bellen doorverbinden verbinden",
        wants="wil nodig",
        persons="mens medewerker medewerkster persoon iemand agent collega",
        greetings="hallo hoi hey goedemorgen goedemiddag goedenavond goedendag",
        thanks="bedankt dank dankjewel dankuwel",
        fillers="je u wel veel hartelijk voor de uw hulp ok oké prima allemaal",
        hello="Hallo! Waarmee kan ik u helpen?",
        welcome="Graag gedaan! Kan ik u nog ergens mee helpen?",
    ),
    "pl": Phrases(
        verbs="rozmawiać porozmawiać mówić skontaktować połączyć połącz zadzwonić",
        wants="chcę chciałbym chciałabym potrzebuję",
        persons="człowiekiem człowieka osobą kimś konsultantem konsultanta konsultantką"
        " pracownikiem pracownika agentem",
        greetings="cześć hej witam witaj dobry",
        thanks="dziękuję dzięki dziekuje",
        fillers="dzień wieczór bardzo za pomoc ok super serdecznie państwa",
        hello="Dzień dobry! W czym mogę pomóc?",
        welcome="Proszę bardzo! Czy mogę pomóc w czymś jeszcze?",
    ),
    "ru": Phrases(
        verbs="поговорить говорить связаться соедините соединить позовите переключите переведите"
        " связать",
        wants="хочу нужен",
        persons="человеком человек человека оператором оператор оператора менеджером менеджер"
        " менеджера сотрудником сотрудника кем-нибудь специалистом",
        greetings="привет здравствуйте здравствуй добрый доброе",
        thanks="спасибо благодарю",
        fillers="день вечер утро большое огромное вам всем за помощь ок хорошо отлично",
        hello="Здравствуйте! Чем могу помочь?",
        welcome="Пожалуйста! Могу ли я ещё чем-нибудь помочь?",
    ),
    "tr": Phrases(
        verbs="konuşmak görüşmek bağlanmak bağla bağlayın ulaşmak aktarın",
        wants="istiyorum",
        persons="insan insanla biri biriyle birisiyle temsilci temsilciyle temsilciye yetkili"
        " yetkiliyle kişiyle operatör",
        greetings="merhaba selam merhabalar günaydın",
        thanks="teşekkürler teşekkür sağol sağolun",
        fillers="iyi günler akşamlar çok ederim ederiz tamam yardımınız için",
        hello="Merhaba! Size nasıl yardımcı olabilirim?",
        welcome="Rica ederim! Yardımcı olabileceğim başka bir konu var mı?",
    ),
    "ar": Phrases(
        verbs="التحدث أتحدث اتحدث التواصل تحويلي حولني الاتصال أتواصل",
        wants="أريد اريد",
        persons="شخص إنسان انسان موظف ممثل وكيل أحد احد",
        greetings="مرحبا أهلا اهلا السلام مرحباً",
        thanks="شكرا شكراً أشكرك",
        fillers="عليكم وسهلا جزيلا جزيلاً لك لكم على المساعدة صباح مساء الخير",
        hello="مرحبًا! كيف يمكنني مساعدتك؟",
        welcome="على الرحب والسعة! هل يمكنني مساعدتك في شيء آخر؟",
    ),
    "zh": Phrases(
        verbs="转 找 联系 接 跟 和",
        wants="要 想",
        persons="人工 真人 客服 人工客服",
        greetings="你好 您好 嗨 早上好 晚上好 下午好",
        thanks="谢谢 多谢 感谢 谢谢你 谢谢您 非常感谢",
        fillers="好的 了 啊 你 您",
        hello="您好！请问有什么可以帮您？",
        welcome="不客气！还有什么可以帮您的吗？",
    ),
}
START = "/start"
UNSPACED = frozenset({"zh"})
VERB_LAST = frozenset({"de", "nl", "tr"})
VERB_GAP = 4
WANT_GAP = 2


def asks_for_human(text: str) -> bool:
    """Whether the customer wants a person instead of us, in whatever language."""
    folded = text.casefold()
    return any(_human_pattern(language).search(folded) for language in LANGUAGES)


def greeting_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only greets; None for every other message.

    Telegram sends START when somebody opens a chat with a bot: a greeting without words.
    """
    if text.strip() == START:
        return likely if likely in LANGUAGES else "en"
    return _small_talk(text, likely, "greetings")


def thanks_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only thanks; None for every other message."""
    return _small_talk(text, likely, "thanks")


def _small_talk(text: str, likely: str | None, kind: str) -> str | None:
    words = WORDS.findall(text.casefold())
    if not words or "?" in text or "\N{FULLWIDTH QUESTION MARK}" in text:
        return None
    order = sorted(LANGUAGES, key=lambda language: language != likely)
    return next((language for language in order if _made_of(words, language, kind)), None)


def _made_of(words: list[str], language: str, kind: str) -> bool:
    phrases = LANGUAGES[language]
    keys = set(getattr(phrases, kind).split())
    others = keys | set(phrases.greetings.split()) | set(phrases.fillers.split())
    return not keys.isdisjoint(words) and others.issuperset(words)


@lru_cache(maxsize=len(LANGUAGES))
def _human_pattern(language: str) -> re.Pattern[str]:
    phrases = LANGUAGES[language]
    verbs, wants, persons = map(_one_of, (phrases.verbs, phrases.wants, phrases.persons))
    if language in UNSPACED:
        return re.compile(f"(?:{verbs}).{{0,4}}(?:{persons})|(?:{wants}).?(?:{persons})")
    ways = [_near(verbs, persons, VERB_GAP), _near(wants, persons, WANT_GAP)]
    if language in VERB_LAST:
        ways.append(_near(persons, verbs, VERB_GAP))
    return re.compile("|".join(ways))


def _near(first: str, second: str, gap: int) -> str:
    return rf"\b(?:{first})(?:\W+[\w'’]+){{0,{gap}}}?\W+(?:{second})\b"


def _one_of(words: str) -> str:
    return "|".join(re.escape(word) for word in words.split())
