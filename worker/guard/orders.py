"""The orders that people give an assistant, as patterns: the one list of them.

`worker.guard.attacks` looks for them in what customers write and in what a model is to be shown,
the database in articles: `make orders` writes them into sql/. So they keep to what both engines of
regular expressions know alike: no inline flags, no possessive quantifiers, no dot. How far apart
two words may be is bound here, where an attack could cost time; the database, whose engine takes
seconds to read such bounds, looks as far as the sentence goes.
"""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

from collections.abc import Mapping

FAR, NOT_FAR = "{0,60}", "{0,30}"
NEAR = rf"[^.!?\n\u3002\uff01]{FAR}"
CLOSE = rf"[^\n]{NOT_FAR}"
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
# "Do not forget to read the instructions" is advice.
NOT_EN = r"(?<!not )(?<!n['’]t )(?<!never )"
FORGET = (
    rf"{NOT_EN}\b(?:ignore|disregard|forget|override|bypass) {SAID_BEFORE}"
    r"(?:instruction|rule|prompt|guideline|polic(?:y|ies)\b|directive)",
    r"\b(?:ignore|disregard|forget|override|bypass) the (?:prompt|(?:instruction|guideline)s? "
    r"(?:above|before))\b",
    r"\b(?:ignore|disregard|forget) (?:all|everything) (?:(?:of )?the )?(?:above|before|previous|"
    r"you (?:were|have been) told)",
    rf"\b(?:ignorier|vergiss\b(?! nicht)|missachte|umgeh)\w*{NEAR}\b(?:anweisung|regel|vorgabe|"
    rf"instruktion|anleitung)",
    rf"(?<!no )\b(?:ignora|olvida|descarta|omite)\w*{NEAR}\b(?:instruccion|regla|indicacion)",
    rf"(?<!n['’])(?<!pas )\b(?:ignore[rz]?|oublie[rz]?|néglige[rz]?){NEAR}"
    rf"\b(?:les|tes|vos|ces|toutes?) (?:\w+ ){{0,2}}(?:instruction|règle|consigne)",
    rf"(?<!non )\b(?:ignora|dimentica|trascura)(?:te|re)?\b{NEAR}\b(?:istruzion|regol)",
    rf"(?<!não )\b(?:ignor[ea]|esqueç[ac]|esquece|desconsider[ea])m?\b{NEAR}\b(?:instruç|regra)",
    rf"\b(?:negeer|vergeet)(?! niet\b){NEAR}\b(?:instructie|regel|aanwijzing)",
    rf"(?<!nie )\b(?:zignoruj|ignoruj|zapomnij|pomiń){NEAR}\b(?:instrukcj|zasad|polece|reguł)",
    rf"(?<!не )\b(?:игнорир\w*|забудь\w*|проигнорир\w*|отбрось\w*){NEAR}(?:инструкц|правил|указан)",
    rf"(?:talimat|kural|yönerge)\w*{NEAR}(?:yok say|unut(?:un)?\b|görmezden|dikkate alma|boş ver)",
    rf"(?<!لا )(?<!لا ت)(?:تجاهل|انس|اهمل|تجاوز){NEAR}(?:تعليمات|القواعد|قواعد|الأوامر)",
    rf"(?:忽略|无视|無視|(?<!我)(?<!不要)(?<!别)(?<!勿)忘[记記]|忘掉|不要理会){CLOSE}(?:指令|规则|提示|要求|之前的[说說]明)",
)
TELL = (
    rf"\b(?:reveal|show|print|repeat|output|tell|give|send|share|display|translate|"
    rf"encode|quote|spell|write){NEAR}"
    rf"\b(?:system prompt|system message|your (?:{OWN}){{0,2}}(?:instructions|prompt)(?!{PURPOSE})|"
    r"(?:internal|hidden|secret|system) rules|"
    r"the (?:instructions|prompt|words|text) above|initial instructions|"
    r"hidden (?:marker|word|instructions))",
    rf"\b(?:zeig|nenn|verrat|wiederhol|gib|schreib|übersetz)\w*{NEAR}\b(?:systemprompt|"
    rf"system-prompt|(?:deine|ihre)n? (?:\w+ )?(?:anweisung|instruktion|vorgabe))",
    rf"\b(?:muestra|revela|repite|dime|escribe|imprime|traduce)\w*{NEAR}\b(?:prompt|"
    rf"(?:tus|sus) instruccion\w*\b(?!{PURPOSE}))",
    rf"\b(?:montre|révèle|répète|donne|affiche|écris|traduis)\w*{NEAR}\b(?:prompt|"
    rf"(?:tes|vos) (?:instruction|consigne)\w*\b(?!{PURPOSE}))",
    rf"\b(?:mostra|rivela|ripeti|dimmi|scrivi|stampa|traduci)\w*{NEAR}\b(?:prompt|"
    rf"(?:tue|sue) istruzion\w*\b(?!{PURPOSE}))",
    rf"\b(?:mostr[ea]|revel[ea]|repit[ae]|diga|escrev[ae]|traduz)\w*{NEAR}\b(?:prompt|"
    rf"suas instruç\w*\b(?!{PURPOSE}))",
    rf"\b(?:toon|laat|geef|herhaal|schrijf|onthul|vertaal)\w*{NEAR}\b(?:prompt|(?:je|"
    rf"jouw|uw) (?:instructie|regel)\w*\b(?!{PURPOSE}))",
    rf"\b(?:pokaż|ujawnij|powtórz|podaj|napisz|wypisz|przetłumacz){NEAR}\b(?:prompt|"
    rf"(?:swoje|twoje) instrukcj\w*\b(?!{PURPOSE}))",
    rf"\b(?:покаж\w*|раскро\w*|повтор\w*|напиш\w*|выведи\w*|"
    rf"переведи\w*){NEAR}(?:промпт|(?:сво[ий]|ваши|твои) инструкц\w*\b(?!{PURPOSE}))",
    rf"(?:sistem (?:istem|komut|mesaj)\w*|talimatların\w*|"
    rf"promptu?\w*){NEAR}(?:göster|yaz|söyle|açıkla|tekrarla)",
    rf"(?:اعرض|أظهر|اكشف|كرر|اكتب|أعطني|ترجم){NEAR}(?:تعليماتك|"
    r"التعليمات(?! (?:الخاصة|المتعلقة|ل))|موجه النظام)",
    rf"(?:显示|告诉我|重复|输出|透露|写出|翻译|打印){CLOSE}"
    r"(?:系统提示|你的(?:指令|提示)|提示词|系统指令)",
    r"把你的(?:指令|提示)",
)
PRETEND = (
    r"(?:^|[.!?:,]\s*|\band )(?:please )?(?:act as|pretend (?:to be|you are|that you)|"
    r"role-?play as)\b|\byou are (?:now|no longer) (?:in |an? (?!customer|"
    r"member|subscriber|guest|user|part)|"
    r"the (?!owner|proud))|\byou are now (?:called |named |dan\b|\w+bot\b|\w*gpt\b|unrestricted)|"
    r"\bfrom now on,? you (?:are|must|will|answer|say)\b|"
    r"\b(?:enter|enable|activate|switch to|in) (?:developer|dan) mode\b|\bjailbreak\b",
    r"\b(?:du bist jetzt|sie sind jetzt (?:ein|der|die|das|kein)\b(?! (?:mitglied|kunde))|"
    r"tu so, als|spiel die rolle)",
    r"\b(?:ahora eres|actúa como|finge (?:ser|que)|haz de cuenta)\b",
    r"\b(?:tu es maintenant|vous êtes maintenant|fais comme si|agis comme|joue le rôle)\b",
    r"\b(?:ora sei|adesso sei|fingi di|comportati come)\b",
    r"\b(?:agora você é|agora és|finja (?:ser|que)|aja como|faz de conta)\b",
    r"\b(?:je bent nu|doe alsof|gedraag je als|speel de rol)\b",
    r"\b(?:jesteś teraz|udawaj|zachowuj się jak|wciel się)\b",
    r"\b(?:теперь ты|ты теперь|притворись|представь, что ты|веди себя как)\b",
    r"(?:artık sen|sen artık|gibi davran|rolünü oyna|mış gibi yap)",
    r"(?:أنت الآن|تظاهر|تصرف كأنك|العب دور)",
    r"(?:你现在是|假装你|扮演|从现在开始你)",
)
# "We answer every question with pleasure" says what we do, an order begins with its verb.
ORDERLY = r"(?:^|[.!?:;,]\s*|\b(?:always|must|please|now|on|and) )"
ANSWER = (
    rf"{ORDERLY}(?:answer|reply to|respond to) (?:every|each|all|any) "
    r"(?:\w+ )?(?:question|message|customer|user|quer(?:y|ie))s? (?:with|by|that|in)\b|"
    r"\bfrom now on,? (?:always |only )?(?:answer|reply|respond|recommend|"
    r"tell (?:the|every|each|all|any))\b|"
    r"\b(?:never|do not|don['’]t) (?:ever )?(?:mention|reveal|disclose) "
    r"(?:these|this|the above|your) (?:instruction|prompt|rule|note|message)s?\b",
    rf"\b(?:antworte|beantworte)\b{NEAR}\bjede (?:frage|nachricht) (?:mit|nur|immer)\b|"
    r"\b(?:erwähne?|verrate?) (?:diese|deine) (?:anweisung|regel|vorgabe)(?:en|n)? (?:nie|nicht)",
    rf"\b(?:responde|contesta) (?:siempre )?a (?:toda|cada|cualquier){NEAR} con\b|"
    r"\b(?:nunca|no) (?:menciones|reveles) (?:estas|tus) (?:instruccion|regla)",
    rf"\bréponds? (?:toujours )?à (?:chaque|toutes?){NEAR} (?:par|avec)\b|"
    r"\bne (?:mentionne|révèle)\w* (?:jamais|pas) (?:ces|tes|vos) (?:instruction|règle|consigne)",
    rf"\brispondi (?:sempre )?a (?:ogni|qualsiasi|tutte){NEAR} con\b|"
    r"\bnon (?:menzionare|rivelare) (?:mai )?(?:queste|le tue) (?:istruzion|regol)",
    rf"\bresponda (?:sempre )?a (?:cada|toda|qualquer){NEAR} com\b|"
    r"\b(?:nunca|não) (?:mencione|revele) (?:estas|essas|suas) (?:instruç|regra)",
    rf"\b(?:beantwoord|antwoord op) (?:altijd )?(?:elke|iedere|alle){NEAR} met\b|"
    r"\b(?:noem|vermeld|onthul) (?:deze|je|jouw) (?:instructie|regel)s? (?:nooit|niet)\b",
    r"\bodpowiadaj (?:zawsze )?na (?:każde|wszystkie) pytani|"
    r"\bnie (?:wspominaj|ujawniaj) (?:o )?(?:tych|swoich) (?:instrukcj|zasad)",
    r"\bотвечай(?:те)? (?:всегда )?на (?:любой|каждый|все) вопрос|"
    r"\bне (?:упоминай|раскрывай)\w* (?:об )?(?:эт\w+|сво\w+) (?:инструкц|правил)",
    rf"\b(?:her|tüm|bütün) soru\w*{NEAR}(?:cevap ver|cevapla|yanıtla)(?!r|d|m)|"
    r"\bbu talimatlar\w* (?:asla )?(?:bahsetme|açıklama)\b",
    r"(?:أجب|رد) (?:عن|على) (?:كل|جميع|أي) (?:سؤال|الأسئلة|رسالة|الرسائل)|"
    r"لا (?:تذكر|تكشف) (?:عن )?(?:هذه التعليمات|تعليماتك)",
    r"(?:所有|每个|任何)(?:问题|消息)(?:都|一律)(?:用|以|回答)|"
    r"(?:不要|绝不|切勿)(?:提及|透露|泄露)(?:这些|你的)(?:指令|规则|提示)",
)
ADDRESS = (
    r"\b(?:note|message|attention|instruction)s? (?:to|for) (?:the |any |all )?(?:ai|llm|"
    r"language model|chat ?bot|assistant:)(?!\w)",
    r"\b(?:ai|assistant|chatbot|llm)s?(?: reading this|,)? (?:must|should|shall|has to|is required "
    r"to) (?:now |always |never |only )?(?:offer|say|tell|reply|ignore|reveal|give|grant|promise|"
    r"recommend|add|include|confirm|refund)\b",
    r"\bnew (?:system )?(?:instruction|directive)s?\s?:|\bnew system rules?\s?:",
    r"</?\s?(?:system|doc|instructions?|assistant|developer)\b|\[/?(?:inst|system|"
    r"sys)\]|<\|(?:im_start|im_end|system|end|assistant)",
    r"^\s{0,3}(?:#{1,4} ?)?(?:system|developer) (?:message|prompt)\s?[:\uff1a]",
    r"^\s{0,3}(?:#{1,4} ?)?(?:system|developer|assistant|chat ?bot|ai)\s?[:\uff1a]\s*(?:you|ignore|"
    r"reveal|grant|give|say|tell|reply|answer|always|never|from now)\b",
)  # fmt: skip
# Those that are known by whom they address mean nobody but an assistant.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "to_forget": FORGET,
    "to_tell": TELL,
    "to_pretend": PRETEND,
    "to_answer": ANSWER,
    "by_address": ADDRESS,
}
