"""What a model asks back is what a clerk asks, not what a swindler does."""

# ruff: noqa: RUF001
# Letters of all scripts stand here on purpose.
from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_turns, record, write_in


def asks_back(db, content):
    return call(db, "private.asks_back", asking(content))


def asking(content):
    return {"outcome": "clarify", "content": content, "sources": []}


@pytest.mark.parametrize(
    "content",
    [
        "Could you tell me the number of your credit card?",
        "What is your pass word, please?",
        "May I have the \uff23\uff36\uff36 as well?",
        "Would you click the link in our message?",
        "Wie lautet Ihr Kennwort?",
        "Wie ist Ihre Kontonummer?",
        "¿Cuál es el número de su tarjeta?",
        "¿Me dice su contraseña?",
        "Quel est le numéro de votre carte ?",
        "Quel est votre mot de passe ?",
        "Qual è il numero della sua carta?",
        "Può cliccare qui?",
        "Qual é a sua senha?",
        "Qual é o número do seu cartão?",
        "Wat is uw wachtwoord?",
        "Wilt u op de link klikken?",
        "Jakie jest Pana hasło?",
        "Jaki jest numer Pani karty?",
        "Назовите номер вашей карты?",
        "Какой у вас пароль?",
        "Kart numaranız nedir?",
        "Şifreniz nedir?",
        "ما كلمة المرور الخاصة بك؟",
        "ما رقم بطاقتك؟",
        "您的密码是什么？",
        "您的信用卡卡号是多少？",
        "هل رقمك ١٢٣؟",
    ],
)
def test_what_a_swindler_asks_is_no_question_back(db, content):
    assert asks_back(db, content) is False


@pytest.mark.parametrize(
    "content",
    [
        "Which order is it about?",
        "Is it a gift card or a voucher?",
        "Was your account deleted or locked?",
        "Can you not log in?",
        "Geht es um eine Rückgabe oder um einen Umtausch?",
        "¿Es una tarjeta de regalo?",
        "S'agit-il d'une carte cadeau ?",
        "Vuole rendere o cambiare l'articolo?",
        "É sobre a devolução ou a troca?",
        "Gaat het om een retour of een ruil?",
        "Ile dni Pan już czeka?",
        "Речь о возврате или обмене?",
        "İade mi yoksa değişim mi istiyorsunuz?",
        "هل تريد الإرجاع أم الاستبدال؟",
        "您要退货还是换货？",
    ],
)
def test_what_a_clerk_asks_is_one(db, content):
    assert asks_back(db, content) is True


def test_a_question_for_a_password_goes_to_people(db):
    write_in(db, language="de")
    assert record(db, claim_turns(db)[0], asking("Wie lautet Ihr Kennwort?")) == "handed_over"
