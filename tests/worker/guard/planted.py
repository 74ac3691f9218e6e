"""Personal data and order numbers, made anew: valid where there is a checksum, owned by nobody."""

from __future__ import annotations

import random
import string

PASSWORDS = (
    "my password is {}", "Passwort: {}", "mi contraseña es {}", "mon mot de passe est {}",
    "la mia password è {}", "minha senha é {}", "mijn wachtwoord is {}", "moje hasło to {}",
    "мой пароль {}", "şifrem {}", "كلمة المرور هي {}", "我的密码是{}", 'password = "{}"', "PIN: {}",
)  # fmt: skip
PHONES = (
    "+49 151 {:03}{:05}", "+1 (415) {:03}-{:04}", "0044 20 {:04} {:04}", "06 12 {:02} {:02} 37",
    "(030) {:03}{:05}", "415-{:03}-{:04}", "8 (912) {:03}-{:02}-17", "call me at 7{:03}{:05}",
    "+90 532 {:03} {:02} 11", "138{:04}{:04}", "0501{:03}{:03}", "мой телефон 9{:03}{:06}",
)  # fmt: skip
IDS = (
    "passport C{:02}X{:02}T47", "Reisepass Nr. C{:03}FG{:03}", "паспорт 45{:02} {:06}",
    "PESEL 800{:04}{:04}", "护照号码 E{:04}{:04}", "my SSN is {:03}-{:02}-4321",
    "passaporto YA{:03}{:04}", "kimlik numaram 1{:05}{:05}",
)  # fmt: skip
MAILS = ("{}@mail.example", "{}.b+shop@post.example.org", "Z_{}@sub.domain.example")
ORDERS = (
    "{:08}", "{:010}", "{:012}", "R{:09}", "ORD-{:06}", "#{:06}", "2026-{:06}", "{:03}-{:07}-{:07}",
    "SO{:05}/26", "{:02}-{:05}-{:05}", "A{:03}B{:04}", "INV-2026-{:04}", "{:06}", "W{:010}",
    "WEB_{:08}", "{:09}", "order {:010}", "order no. {:016}", "DE{:08}X", "1Z{:03}AA{:010}",
)  # fmt: skip
SAID = ("Where is {}?", "Wo ist meine Bestellung {}", "Где заказ {}?", "My number {} is late", "{}")


def luhn(prefix: str, length: int, chance: random.Random) -> str:
    """The number of a card that begins so."""
    body = prefix + "".join(chance.choices(string.digits, k=length - len(prefix) - 1))
    total = sum(
        (value := int(sign) * (2 - place % 2)) - (9 if value > 9 else 0)
        for place, sign in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def iban(country: str, length: int, chance: random.Random) -> str:
    """An account number of a country."""
    body = "".join(chance.choices(string.digits, k=length - 4))
    number = int("".join(str(int(sign, 36)) for sign in body + country + "00"))
    return f"{country}{98 - number % 97:02}{body}"


def fitting(shape: str, chance: random.Random) -> str:
    """A shape in which every number has just its digits."""
    parts = shape.replace("}", "{").split("{")
    return "".join(
        "".join(chance.choices(string.digits, k=int(part[1:]))) if part.startswith(":") else part
        for part in parts
    )


def planted(count: int, seed: int) -> list[tuple[str, str]]:
    """Sentences and the value in each that must not leave, in turn of every kind."""
    chance = random.Random(seed)
    makers = (_card, _iban, _mail, _phone, _address, _identity, _password)
    return [makers[number % len(makers)](number, chance) for number in range(count)]


def order_numbers(count: int, seed: int) -> list[tuple[str, str]]:
    """Sentences and the order number in each, of many shapes."""
    chance = random.Random(seed)
    made = [fitting(ORDERS[number % len(ORDERS)], chance) for number in range(count)]
    return [(chance.choice(SAID).format(order), order) for order in made]


def _card(number: int, chance: random.Random) -> tuple[str, str]:
    prefix, length = (("4", 16), ("55", 16), ("37", 15), ("6011", 16))[number % 4]
    card = luhn(prefix, length, chance)
    groups = " ".join(card[at : at + 4] for at in range(0, 16, 4)) if length == 16 else card
    shown = (card, groups, groups.replace(" ", "-"))[number % 3]
    return f"Please charge {shown} 12/29 123", shown


def _iban(number: int, chance: random.Random) -> tuple[str, str]:
    code, length = (("DE", 22), ("FR", 27), ("PL", 28), ("TR", 26))[number % 4]
    account = iban(code, length, chance)
    spaced = " ".join(account[at : at + 4] for at in range(0, length, 4))
    shown = spaced if number % 2 else account
    return f"IBAN {shown}, thank you", shown


def _mail(number: int, chance: random.Random) -> tuple[str, str]:
    name = "".join(chance.choices(string.ascii_lowercase, k=9))
    mail = MAILS[number % len(MAILS)].format(name)
    return f"Write to {mail}.", mail


def _phone(number: int, chance: random.Random) -> tuple[str, str]:
    said = fitting(PHONES[number % len(PHONES)], chance)
    value = said[next(at for at, sign in enumerate(said) if sign in "+(0123456789") :]
    return f"Please note: {said}", value


def _address(number: int, chance: random.Random) -> tuple[str, str]:
    fourth = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    sixth = f"2001:db8::{chance.randrange(16**4):x}:{chance.randrange(16**4):x}"
    value = sixth if number % 2 else fourth
    return f"I come from {value} and see an error", value


def _identity(number: int, chance: random.Random) -> tuple[str, str]:
    said = fitting(IDS[number % len(IDS)], chance)
    digits = [at for at, sign in enumerate(said) if sign.isdigit()]
    return f"Here: {said}", said[digits[0] :]


def _password(number: int, chance: random.Random) -> tuple[str, str]:
    value = "".join(chance.choices(string.ascii_letters, k=7)) + str(chance.randrange(10, 99))
    return PASSWORDS[number % len(PASSWORDS)].format(value), value
