"""Words that speak to the assistant instead of asking it: in what customers write, in articles.

A list can be got around, so nothing rests on it alone: what a model says is checked as well. It
spares the call, and an article that gives orders is not shown to a model at all.
"""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from worker.guard.plain import seen

NEAR = r"[^.!?\n\u3002\uff01]{0,60}"
# Which rules are meant: those of the assistant, not of a game, nor the washing instructions.
SAID_BEFORE = (
    r"(?:[\w-]+ ){0,3}?(?:all|any|your|previous|prior|earlier|above|system|safety|these)(?: of)? "
    r"(?:(?:the|your|my|previous|prior|earlier|above|system|other|safety|internal|initial) ){0,3}"
)
OWN = r"(?:system|initial|hidden|secret|internal|previous|original|exact|own|full|whole) "
# What instructions of a company are for: "your instructions for returns".
PURPOSE = (
    r"\s+(?:for|on|about|how|de|del|du|d['’]|pour|para|per|di|sul|voor|over|für|zur|zum|dla|do|"
    r"zwrot\w*|obsług\w*|по(?! буквам)|для|о)\b"
)
ORDERS = (
    rf"\b(?:ignore|disregard|forget|override|bypass) {SAID_BEFORE}"
    r"(?:instruction|rule|prompt|guideline|polic(?:y|ies)\b|directive)",
    r"\b(?:ignore|disregard|forget) (?:all|everything) (?:(?:of )?the )?(?:above|before|previous|"
    r"you (?:were|have been) told)",
    rf"\b(?:reveal|show|print|repeat|output|tell|give|send|share|display|translate|"
    rf"encode|quote|spell|write){NEAR}"
    rf"\b(?:system prompt|system message|your (?:{OWN}){{0,2}}(?:instructions|prompt)(?!{PURPOSE})|"
    r"(?:internal|hidden|secret|system) rules|"
    r"the (?:instructions|prompt|words|text) above|initial instructions|"
    r"hidden (?:marker|word|instructions))",
    r"(?:^|[.!?:,]\s*|\band )(?:please )?(?:act as|pretend (?:to be|you are|that you)|"
    r"role-?play as)\b|\byou are (?:now|no longer) (?:in |an? (?!customer|"
    r"member|subscriber|guest|user|part)|"
    r"the (?!owner|proud))|\byou are now (?-i:[A-Z])|"
    r"\bfrom now on,? you (?:are|must|will|answer|say)\b|"
    r"\b(?:enter|enable|activate|switch to|in) (?:developer|DAN) mode\b|\bjailbreak\b",
    r"\b(?:note|message|attention|instruction)s? (?:to|for) (?:the |any |all )?(?:ai|llm|"
    r"language model|chat ?bot|assistant:)(?!\w)",
    r"\b(?:ai|assistant|chatbot|llm)s?(?: reading this|,)? (?:must|should|shall|has to|is required "
    r"to) (?:now |always |never |only )?(?:offer|say|tell|reply|ignore|reveal|give|grant|promise|"
    r"recommend|add|include|confirm|refund)\b",
    r"\bnew (?:system )?(?:instruction|directive)s?\s?:|\bnew system rules?\s?:",
    rf"\b(?:ignorier|vergiss\b|missachte|umgeh)\w*{NEAR}\b(?:anweisung|regel|vorgabe|"
    rf"instruktion|anleitung)",
    rf"\b(?:zeig|nenn|verrat|wiederhol|gib|schreib|übersetz)\w*{NEAR}\b(?:systemprompt|"
    rf"system-prompt|(?:deine|ihre)n? (?:\w+ )?(?:anweisung|instruktion|vorgabe))",
    r"\b(?:du bist jetzt|sie sind jetzt (?:ein|der|die|das|kein)\b(?! (?:mitglied|kunde))|"
    r"tu so, als|spiel die rolle)",
    rf"\b(?:ignora|olvida|descarta|omite)\w*{NEAR}\b(?:instruccion|regla|indicacion)",
    rf"\b(?:muestra|revela|repite|dime|escribe|imprime|traduce)\w*{NEAR}\b(?:prompt|"
    rf"(?:tus|sus) instruccion\w*+(?!{PURPOSE}))",
    r"\b(?:ahora eres|actúa como|finge (?:ser|que)|haz de cuenta)\b",
    rf"\b(?:ignore[rz]?|oublie[rz]?|néglige[rz]?){NEAR}\b(?:les|tes|vos|ces|toutes?) "
    rf"(?:\w+ ){{0,2}}(?:instruction|règle|consigne)",
    rf"\b(?:montre|révèle|répète|donne|affiche|écris|traduis)\w*{NEAR}\b(?:prompt|"
    rf"(?:tes|vos) (?:instruction|consigne)\w*+(?!{PURPOSE}))",
    r"\b(?:tu es maintenant|vous êtes maintenant|fais comme si|agis comme|joue le rôle)\b",
    rf"\b(?:ignora|dimentica|trascura)(?:te|re)?\b{NEAR}\b(?:istruzion|regol)",
    rf"\b(?:mostra|rivela|ripeti|dimmi|scrivi|stampa|traduci)\w*{NEAR}\b(?:prompt|"
    rf"(?:tue|sue) istruzion\w*+(?!{PURPOSE}))",
    r"\b(?:ora sei|adesso sei|fingi di|comportati come)\b",
    rf"\b(?:ignor[ea]|esqueç[ac]|esquece|desconsider[ea])m?\b{NEAR}\b(?:instruç|regra)",
    rf"\b(?:mostr[ea]|revel[ea]|repit[ae]|diga|escrev[ae]|traduz)\w*{NEAR}\b(?:prompt|"
    rf"suas instruç\w*+(?!{PURPOSE}))",
    r"\b(?:agora você é|agora és|finja (?:ser|que)|aja como|faz de conta)\b",
    rf"\b(?:negeer|vergeet){NEAR}\b(?:instructie|regel|aanwijzing)",
    rf"\b(?:toon|laat|geef|herhaal|schrijf|onthul|vertaal)\w*{NEAR}\b(?:prompt|(?:je|"
    rf"jouw|uw) (?:instructie|regel)\w*+(?!{PURPOSE}))",
    r"\b(?:je bent nu|doe alsof|gedraag je als|speel de rol)\b",
    rf"\b(?:zignoruj|ignoruj|zapomnij|pomiń){NEAR}\b(?:instrukcj|zasad|polece|reguł)",
    rf"\b(?:pokaż|ujawnij|powtórz|podaj|napisz|wypisz|przetłumacz){NEAR}\b(?:prompt|"
    rf"(?:swoje|twoje) instrukcj\w*+(?!{PURPOSE}))",
    r"\b(?:jesteś teraz|udawaj|zachowuj się jak|wciel się)\b",
    rf"\b(?:игнорир\w*|забудь\w*|проигнорир\w*|отбрось\w*){NEAR}(?:инструкц|правил|указан)",
    rf"\b(?:покаж\w*|раскро\w*|повтор\w*|напиш\w*|выведи\w*|"
    rf"переведи\w*){NEAR}(?:промпт|(?:сво[ий]|ваши|твои) инструкц\w*+(?!{PURPOSE}))",
    r"\b(?:теперь ты|ты теперь|притворись|представь, что ты|веди себя как)\b",
    rf"(?:talimat|kural|yönerge)\w*{NEAR}(?:yok say|unut(?:un)?\b|görmezden|dikkate alma|boş ver)",
    rf"(?:sistem (?:istem|komut|mesaj)\w*|talimatların\w*|"
    rf"promptu?\w*){NEAR}(?:göster|yaz|söyle|açıkla|tekrarla)",
    r"(?:artık sen|sen artık|gibi davran|rolünü oyna|mış gibi yap)",
    rf"(?:تجاهل|انس|اهمل|تجاوز){NEAR}(?:تعليمات|القواعد|قواعد|الأوامر)",
    rf"(?:اعرض|أظهر|اكشف|كرر|اكتب|أعطني|ترجم){NEAR}(?:تعليماتك|"
    r"التعليمات(?! (?:الخاصة|المتعلقة|ل))|موجه النظام)",
    r"(?:أنت الآن|تظاهر|تصرف كأنك|العب دور)",
    r"(?:忽略|无视|(?<!我)忘记|忘掉|不要理会).{0,30}(?:指令|规则|提示|要求|之前的说明)",
    r"(?:显示|告诉我|重复|输出|透露|写出|翻译|打印).{0,30}(?:系统提示|你的(?:指令|提示)|提示词|系统指令)",
    r"把你的(?:指令|提示)",
    r"(?:你现在是|假装你|扮演|从现在开始你)",
    r"</?\s?(?:system|doc|instructions?|assistant|developer)\b|\[/?(?:INST|SYSTEM|"
    r"SYS)\]|<\|(?:im_start|system|end|assistant)",
    r"^\s{0,3}(?:#{1,4} ?)?(?:system|developer) (?:message|prompt)\s?[:\uff1a]",
    r"^\s{0,3}(?:#{1,4} ?)?(?:system|developer)\s?[:\uff1a]\s*(?:you|ignore|reveal|grant|give|say|"
    r"tell|reply|answer|always|never|from now)\b",
)  # fmt: skip
ATTACK = re.compile("|".join(f"(?:{order})" for order in ORDERS), re.IGNORECASE | re.MULTILINE)
LOOKED_AT = 8_000
HIDDEN_TEXT = 8


# Articles come again and again.
@lru_cache(maxsize=512)
def gives_orders(text: str) -> bool:
    """Whether a text tells the assistant what to do, or hides text that nobody sees."""
    text = text[:LOOKED_AT]
    plain = seen(unicodedata.normalize("NFKC", text))
    tags = sum("\U000e0000" <= sign <= "\U000e007f" for sign in text)
    return tags >= HIDDEN_TEXT or ATTACK.search(plain) is not None
