"""Deeds that a reply claims or promises though no tool did them, in twelve languages.

"I have refunded", "your order was cancelled": a list of words can find these forms; a source that
says the sentence itself is let pass by the caller.
"""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re

_EN = (
    r"(?:refunded|reimbursed|cancell?ed|credited|booked|changed|updated|sent|shipped|"
    r"reserved|arranged|processed|issued|applied|approved|upgraded|waived|granted|deleted|"
    r"activated|extended|scheduled|transferred|unlocked|reset)"
)
_DE = (
    r"(?:erstattet|zurückerstattet|überwiesen|storniert|gutgeschrieben|gebucht|geändert|"
    r"aktualisiert|verschickt|versendet|reserviert|veranlasst|bearbeitet|genehmigt|"
    r"angewendet|gewährt|gelöscht|freigeschaltet|verlängert|zurückgesetzt)"
)
_ES = (
    r"(?:reembolsado|devuelto|cancelado|anulado|abonado|reservado|cambiado|actualizado|"
    r"enviado|tramitado|procesado|aprobado|aplicado|concedido|eliminado|activado|"
    r"transferido)"
)
_FR = (
    r"(?:remboursée?|annulée?|créditée?|réservée?|modifiée?|changée?|envoyée?|expédiée?|"
    r"traitée?|approuvée?|appliquée?|accordée?|supprimée?|activée?|transférée?)s?"
)
_IT = (
    r"(?:rimborsat|annullat|cancellat|accreditat|prenotat|modificat|cambiat|aggiornat|"
    r"inviat|spedit|elaborat|approvat|applicat|concess|eliminat|attivat|trasferit)[oaie]"
)
_PT = (
    r"(?:reembolsad|devolvid|cancelad|creditad|reservad|alterad|atualizad|enviad|"
    r"processad|aprovad|aplicad|concedid|eliminad|apagad|ativad|transferid)[oa]s?|"
    r"(?:reembolsei|cancelei|enviei|alterei|apliquei|aprovei|processei|devolvi)"
)
_NL = (
    r"(?:terugbetaald|geannuleerd|gecrediteerd|geboekt|gewijzigd|bijgewerkt|verzonden|"
    r"verstuurd|gereserveerd|geregeld|verwerkt|goedgekeurd|toegepast|toegekend|verwijderd|"
    r"geactiveerd|overgemaakt)"
)
_PL = (
    r"(?:zwróciłem|zwróciłam|zwróciliśmy|anulowałem|anulowałam|anulowaliśmy|wysłałem|"
    r"wysłałam|wysłaliśmy|zmieniłem|zmieniłam|zmieniliśmy|przyznałem|przyznałam|"
    r"zarezerwowałem|zarezerwowałam|zatwierdziłem|zatwierdziłam|naliczyłem|naliczyłam|"
    r"zastosowałem|zastosowałam|przelałem|przelałam)"
)
_RU = (
    r"(?:вернул[аи]?|возвратил[аи]?|отменил[аи]?|отправил[аи]?|изменил[аи]?|начислил[аи]?|"
    r"зарезервировал[аи]?|одобрил[аи]?|применил[аи]?|предоставил[аи]?|оформил[аи]?|"
    r"перев[её]л[аи]?|удалил[аи]?)"
)
_TR = (
    r"(?:iade ettim|iade ettik|iptal ettim|iptal ettik|gönderdim|gönderdik|değiştirdim|"
    r"değiştirdik|onayladım|onayladık|uyguladım|uyguladık|tanımladım|tanımladık|"
    r"rezerve ettim|iade edildi|iptal edildi|iade edilecek)"
)
_AR = (
    r"(?:لقد (?:رددت|أعدت|ألغيت|أرسلت|غيرت|حجزت|وافقت|طبقت|منحت|استرددت|حولت|أرجعت|قمت)|"
    r"قمت ب|قمنا ب|سأقوم ب|تم (?:رد|استرداد|إلغاء|إعادة|إرجاع|تطبيق|تحويل) )"
)
_ZH = (
    r"(?:已(?:经)?(?:为您|帮您|给您)?(?:全额)?(?:退款|取消|退还|发货|更改|预订|批准|申请|转账|删除|返还)|我(?:会|将|已|"
    r"已经)(?:给|为|帮)?您?(?:全额)?(?:退款|取消|退还|打折))"
)

FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b(?:I|we)(?:['\u2019]ve| have| just| already| now| has){{0,3}} {_EN}\b",
        rf"\byour [\w' -]{{2,60}} (?:has|have|was|were)(?: now| already| just)?(?: been)? {_EN}\b",
        r"\b(?:I|we)(?:['\u2019]ll| will| am going to| are going to| promise to|"
        r" guarantee)(?: now| gladly)? "
        r"(?:refund|reimburse|cancel|credit|change|send|ship|reserve|issue|apply|give|"
        r"grant|waive|pay)\b",
        rf"\b(?:ich habe|wir haben|habe ich|haben wir)\b[^.!?\n]{{0,100}}\b{_DE}\b",
        rf"\b(?:wurde|wurden)\b[^.!?\n]{{0,60}}\b{_DE}\b",
        r"\b(?:ich|wir) (?:werde|werden|erstatte|erstatten|storniere|stornieren|"
        r"überweise|überweisen)\b",
        rf"\b(?:he|hemos|ha sido|han sido|fue)\b (?:\w+ ){{0,2}}{_ES}\b",
        r"\b(?:le|te) (?:reembolsaré|reembolsaremos|devolveré|devolveremos|enviaré|regalo)\b",
        rf"\b(?:j['\u2019]ai|nous avons|a été|ont été)\b (?:\w+ ){{0,2}}{_FR}\b",
        r"\b(?:je|nous) (?:vous )?(?:rembourse|rembourserai|rembourserons|annule|annulerai)\w*\b",
        rf"\b(?:ho|abbiamo|è stat[oa]|sono stat[ie])\b (?:\w+ ){{0,2}}{_IT}\b",
        r"\b(?:la|le|ti) (?:rimborserò|rimborseremo|rimborso)\b",
        rf"\b(?:já|foi|foram|eu|nós)\b (?:\w+ ){{0,2}}(?:{_PT})\b|\b(?:reembolsei|"
        rf"cancelei|devolvi)\b",
        r"\b(?:vou|vamos|irei) (?:lhe |te )?(?:reembolsar|devolver|cancelar|enviar)\b",
        rf"\b(?:ik heb|we hebben|wij hebben|heb ik)\b[^.!?\n]{{0,100}}\b{_NL}\b",
        rf"\b(?:is (?:nu|al|inmiddels)|werd|zijn (?:nu|al))\b[^.!?\n]{{0,60}}\b{_NL}\b",
        rf"\b{_PL}\b|\b(?:został|została|zostało|zostały)\b (?:\w+ ){{0,2}}(?:zwrócon|"
        rf"anulowan|wysłan|zmienion|przyznan)\w+",
        r"\b(?:zwrócę|zwrócimy|anuluję|przyznam)\b",
        rf"\b(?:я|мы)\b (?:\w+ ){{0,3}}{_RU}\b|\b(?:заказ|возврат|платёж|платеж|деньги|"
        rf"средства)\b (?:\w+ ){{0,3}}"
        r"(?:отмен[её]н|возвращен|оформлен|отправлен|переведен|возмещен)\w*",
        r"\b(?:я|мы) (?:\w+ ){0,2}(?:верну|вернём|вернем|отменю|начислю)\b",
        rf"\b{_TR}\b|\b(?:iade edeceğim|iade edeceğiz|iptal edeceğim)\b",
        _AR,
        _ZH,
    )
)  # fmt: skip


def is_promise(sentence: str) -> bool:
    """Whether a sentence says that something was done, or will be, which only people can do."""
    return any(form.search(sentence) for form in FORMS)
