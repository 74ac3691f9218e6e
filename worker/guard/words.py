"""Words by which personal data is known, in twelve languages."""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import re


def _any_of(words: str) -> str:
    return "|".join(re.escape(word.strip()) for word in words.split("|"))


# Before a secret. Longer words first, as the first that fits is taken.
PASSWORD_WORDS = _any_of(
    "one-time password|verification code|security code|otp|pwd|sicherheitscode|bestätigungscode|"
    "código de verificación|código de seguridad|code de vérification|code de sécurité|"
    "codice di verifica|codice di sicurezza|código de verificação|código de segurança|"
    "verificatiecode|beveiligingscode|kod weryfikacyjny|kod bezpieczeństwa|код подтверждения|"
    "код безопасности|doğrulama kodu|güvenlik kodu|رمز التحقق|رمز الأمان|验证码|安全码|"
    "password|passphrase|passcode|passwd|pin code|pin|cvv2|cvv|cvc|"
    "einmalpasswort|passwort|kennwort|geheimzahl|contraseña|contrasena|clave secreta|clave|"
    "mot de passe|code secret|mdp|palavra-passe|senha|codice segreto|parola d'ordine|parola|"
    "hasło|haslo|wachtwoord|pincode|пароль|пин-код|şifresi|şifrem|sifrem|şifre|sifre|parolam|"
    "كلمة المرور|كلمة السر|الرقم السري|登录密码|密码|密碼|口令"
)
IS_WORDS = _any_of(
    "is|was|ist|lautet|war|es|era|est|è|e'|é|to jest|to|jest|brzmi|это|هي|هو|是|为|為|olarak"
)
# What follows "the password is" when no password is told.
_NOT_TOLD = """
wrong not never late delayed missing gone blocked locked incorrect invalid expired lost forgotten
rejected refused too weak the a my being
weg gesperrt falsch nicht ungültig abgelaufen vergessen zu das mein incorrecta incorrecto no
inválida caducada olvidada pas faux invalide expiré oublié non errata sbagliata scaduta
errada errado não expirou nie błędne nieprawidłowe wygasło onjuist niet verkeerd verlopen
не неверный неправильный истёк забыт yanlış değil geçersiz unuttum خاطئة ليست غير 错误 不对 错的
不正确 忘记了
"""
NO_PASSWORD = frozenset(_NOT_TOLD.split())
ORDER_WORDS = re.compile(
    r"(?:\#|№|\bno\b\.?|\bnr\b\.?|order|invoice|tracking|parcel|ticket|sku|\bref\b|reference|bestell|"
    r"auftrag|rechnung|sendung|pedido|factura|encomenda|fatura|commande|facture|colis|ordine|"
    r"fattura|spedizione|zamówieni|faktur|przesyłk|bestelling|factuur|заказ|счёт|счет|посылк|"
    r"sipariş|fatura|kargo|طلب|فاتورة|شحنة|订单|发票|运单|快递)[^\n]{0,24}$",
    re.IGNORECASE,
)
PHONE_WORDS = re.compile(
    r"(?:(?<![^\W\d_])(?:phone|call me|mobile|cell\b|"
    r"whats\s?app|tel\b|tel[.:]|telefon|handy|anrufen|rufnummer|"
    r"teléfono|móvil|llám|téléphone|portable|appel|telefono|cellulare|chiama|telefone|telemóvel|"
    r"celular|ligue|komórk|zadzwo|telefoon|mobiel|bel me|телефон|мобильн|звоните|позвон|"
    r"telefonum|cep\b|ara(?:yın|y)?\b)|telefon|phone\b|هاتف|جوال|اتصل|电话|手机|致电)[^\n\d]{0,24}$",
    re.IGNORECASE,
)
ID_WORDS = (
    r"passport|identity card|id card|national id|social security|ssn|driv\w{1,6} licen[cs]e|"
    r"reisepass|personalausweis|ausweis|führerschein|steuer-?id|pasaporte|dni|nie|passeport|"
    r"carte d'identité|passaporto|carta d'identità|codice fiscale|passaporte|cpf|nif|"
    r"cartão de cidadão|paszport|dowód|dowodu|pesel|paspoort|identiteitskaart|bsn|"
    r"паспорт\w*|снилс|инн|pasaport\w*|kimlik\w*|جواز السفر|جواز|رقم الهوية|الهوية|护照|身份证"
)
