-- A question of ours may ask which order is meant; what opens a door or a bank is nobody's to ask,
-- and no question needs a click.
create or replace function private.asks_for_secrets(p_text text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select normalize(p_text, nfkc) ~* concat_ws(
    '|', '\m(?:cvv2?|cvc2?|pin|otp|iban|mdp|ssn|pesel|cpf|bsn|link)\M',
    'pass ?word|pass ?phrase|pass ?code|(?:credit|debit|bank) ?card|card (?:num|detail|data)',
    '(?:verification|security|one.time|confirmation|sms|log.?in) code|social security|passport',
    'account (?:num|detail|data)|bank (?:acc|detail|data)|\m(?:id|identity) card|\mclick',
    'kennw|geheimzahl|kreditk|kartennum|kartendat|(?:bestätigungs|sicherheits)code|kontonum',
    'bankverb|kontodat|bankdat|\mausweis|reisepass|personalausw|\m(?:a?an)?kli[ck]|herunterlad',
    'contraseñ|\mclave|tarjeta (?:de (?:créd|déb)|banc)|(?:número|datos|foto) de (?:\w+ )?tarjeta',
    'código de (?:ver|seg|conf)|cuenta banc|datos banc|pasaporte|número de dni|\menlace|\mpulse',
    '(?:haga|haz|hacer|faire|fare) clic|mots? de passe|code (?:secret|confid)|\mliens?\M|\mcliqu',
    'carte (?:banc|bleue|de créd|d.ident)|(?:numéro|données) de (?:\w+ )?carte|passeport',
    'code de (?:vér|séc|conf)|compte banc|coordonnées banc|parola|carta di (?:cred|deb|ident)',
    '(?:numero|dati) dell[ae] (?:\w+ )?carta|codice (?:di (?:ver|sic)|segreto|fiscale)|passaport',
    'conto (?:banc|corr)|dati banc|\mclicc|\msenha|palavra.passe|cartão de (?:créd|déb|cid)',
    '(?:número|dados) d[oe] (?:\w+ )?cartão|código de (?:ver|seg|conf)|conta banc|dados banc',
    'wachtw|credit ?kaart|kaartn|kaartgeg|pinpas|(?:verificatie|beveiligings)code|rekeningn',
    'bankreken|bankgeg|paspoort|identiteitsk|hasł[oae]|numer\w* (?:\w+ )?karty|kodu? (?:wer|sms)',
    'kart[yęą] kred|numer\w* (?:\w+ )?konta|kont[oa] bank|paszport|dow[óo]d\w* os|odnośn',
    'парол|пин.?код|номер\w* (?:\w+ )?карт|банковск|кредитн\w+ карт|код\w* (?:из|подт|безоп)',
    'номер\w* (?:\w+ )?сч[её]т|паспорт|снилс|ссылк|кликн|нажм|şifre|kart (?:num|bilg)|kredi kart',
    '(?:doğrulama|güvenlik|onay) kod|hesap num|banka (?:hes|bil)|pasaport|kimlik|tıkla',
    'كلمة (?:المرور|السر)|الرقم السري|بطاقت|بطاقة (?:ال)?(?:ائتمان|بنك|هوية)',
    'رقم (?:ال)?(?:بطاقة|حساب)',
    'رمز (?:التحقق|الأمان|التأكيد)|(?:ال)?حساب(?:ك)? (?:ال)?(?:بنك|مصرف)|جواز|انقر|اضغط|رابط',
    '密[码碼]|口令|卡[号號]|信用卡|银行[卡账]|验证码|安全码|护照|身份证|点击|[链連][接結]'
  );
$$;

comment on function private.asks_for_secrets is
'Whether a question wants what is nobody''s to ask in a chat (a card, a password, a code, an
account, an identity paper) or sends its reader to a link; in twelve languages.';
revoke all on function private.asks_for_secrets from public;
grant execute on function private.asks_for_secrets to service_role;
