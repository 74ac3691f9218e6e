"""Turkish."""

# ruff: noqa: RUF001 - its letters are what this file is about

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Merhaba! Size nasıl yardımcı olabilirim?",
    welcome="Rica ederim! Yardımcı olabileceğim başka bir konu var mı?",
    ask="Size nasıl yardımcı olabileceğimi lütfen yazıyla anlatır mısınız?",
    introduction="Ben otomatik bir asistanım ve bu ekibin yazdıklarından yanıt veririm. Bir"
    " insanla görüşmek isterseniz söylemeniz yeterli.",
    rest="Gördüğüm kadarıyla bu, mesajınızın yalnızca bir kısmını yanıtlıyor. Kalanını bir"
    " insanın yanıtlamasını isterseniz şunu yazın:",
    to_person="Bir insanla konuş",
    greetings="merhaba selam merhabalar günaydın iyi_günler iyi_akşamlar iyi_geceler"
    " iyi_sabahlar iyi_çalışmalar selamlar tünaydın slm mrb nasılsınız nasılsın kimse_var_mı"
    " hayırlı_günler hayırlı_sabahlar hayırlı_akşamlar kolay_gelsin selamün_aleyküm"
    " selamun_aleykum aleyküm_selam sayın_yetkili alo",
    assent="tamam peki anladım anlaşıldı oldu olur güzel",
    asks_who="robot_musun robot_musunuz bot_musun bot_musunuz sen_robot_musun siz_robot_musunuz"
    " sen_bot_musun yapay_zeka_mısın yapay_zeka_mısınız insan_mısın insan_mısınız sen_insan_mısın"
    " gerçek_misin gerçek_misiniz bu_bir_bot_mu bir_robotla_mı_konuşuyorum botla_mı_konuşuyorum"
    " kimsin kimsiniz yoksa_insan_mı yoksa_insan_mısın"
    " yoksa_robot_mu yoksa_robot_musun",
    thanks="teşekkürler teşekkür sağol sağolun yardımcı_oldu işime_yaradı mükemmel harika süper",
    help="yardım yardıma yardımcı sorum",
    asking="ihtiyacım var lazım istiyorum eder misiniz misin olur bir edebilir edin bana",
    fillers="iyi günler akşamlar çok ederim ederiz tamam yardımınız için lütfen bir gerçek canlı"
    " hemen müşteri herkese arkadaşlar ekip bugün",
    speak="konuşmak konuşabilir* konuşayım konuş konuşmam görüşmek görüşebilir* görüşeyim"
    " bağlanmak bağlanır* bağla bağlayın bağlar ulaşmak ulaşabilir* aktar aktarın aktarır"
    " yönlendir* yazışmak iletişime_geç* konuşturun görüştürün bağlayabilir* bağlanabilir*",
    want="istiyorum isterim verin ver lazım ihtiyacım arasın",
    person="insan insanla insana insanlarla temsilci temsilciyle temsilciye temsilcisine"
    " temsilcisiyle temsilcisi temsilcinize yetkili yetkiliyle yetkiliye operatör operatöre"
    " operatörle çalışana çalışanla çalışanınızla müdürünüzle müdürle müdüre müdür yönetici"
    " yöneticiyle personel personelle görevli görevliyle danışman danışmanla uzmanla arkadaşınıza"
    " arkadaşınızla",
    someone="biri biriyle birine birisiyle birisine kişiyle kişiye",
    bare="temsilci insan operatör yetkili müşteri_temsilcisi danışman görevli",
    human="canlı_destek canlı_temsilci gerçek_insan gerçek_biri gerçek_kişi gerçek_bir_insan"
    " gerçek_bir_kişi gerçek_bir_kişiyle gerçek_biriyle gerçek_bir_insanla insan_temsilci"
    " beni_biri_arasın biri_beni_arasın beni_arayın beni_arar_mısınız biri_arasın"
    " müşteri_hizmetlerine_aktarın müşteri_hizmetlerine_bağla* müşteri_temsilcisi"
    " müşteri_temsilcisine müşteri_temsilcisiyle robot_değil botla_konuşmak_istemiyorum"
    " bot_istemiyorum robotla_konuşmak_istemiyorum makineyle_konuşmak_istemiyorum",
    refused="istemiyorum değil yok yerine bıktım",
    bot="bot botla botlar bota robot robotla robotlar robota chatbot",
    machine="makine makineyle makineye",
    unless="insan_kaynakları istemiyorum_insan kaç_kişi bir_kişinin",
    complaint="kabul_edilemez rezalet kepazelik en_kötü_hizmet en_kötü_firma en_kötü_deneyim"
    " hayal_kırıklığı dolandırıcı* dolandırıldım sahtekar* avukat* dava_aç* mahkeme*"
    " tüketici_hakem* tüketici_mahkeme* tüketici_hakları bıktım berbat çok_sinirliyim çok_kaba"
    " kaba_davran* saygısız* utanmanız utanmıyor* utanç memnun_değilim hiç_memnun yazıklar_olsun"
    " yazık_size skandal soygun hırsız* terbiyesiz* öfkeliyim tiksindim rezil* kandırıl* ayıp"
    " yetersiz* hiçbir_işe_yaramıyorsunuz işe_yaramazsınız çileden_çık* pişmanım kötü_hizmet"
    " kötü_davran* terbiyesizlik çok_kızgınım en_kötü",
    complaining="şikayetçiyim şikayetim şikayet_ed* şikayet_et* şikayetçi şikayet şikayeti",
    uncomplaining="felaket_değil şikayetim_yok şikayet_değil şikayetçi_değilim şikayetçi_değil"
    " şikayet_etmek_istemiyorum şikayet_etmek_istemem şikayetçi_olmak_istemiyorum"
    " şikayette_bulunmak_istemiyorum şikayet_etmem şikayet_etmiyorum şikayet_etmeden"
    " nadiren_şikayet pek_şikayet az_şikayet",
    disaster="tam_bir_felaket felaket",
    ours="bu_bir bu_tam hizmet* servis* teslimat* kargo* mağaza* firma* sipariş* site* destek*",
    file="bulunacağım bulunmak etmek yapmak edeceğim iletmek var istiyorum hakkında edebilirim"
    " oluşturmak",
    claim="şikayet şikayette şikayetim şikayeti şikayetler",
    never="asla bir_daha bir_daha_asla",
    again="almam alışveriş_yapmam almayacağım sipariş_vermem",
    not_helped="yardımcı_olmadı yardımı_olmadı yaramadı işime_yaramadı işe_yaramadı çözülmedi"
    " hala_çözülmedi çözüm_olmadı bunu_sormadım onu_sormadım beni_anlamıyor* anlamıyorsun"
    " anlamadınız hala_çalışmıyor hala_olmuyor bu_yanlış yanlış_cevap cevap_vermediniz"
    " cevap_vermedin cevap_vermiyor* faydasız",
    declines="istemiyorum gerek_yok iptal_etmeyin vazgeçtim boş_verin buldum",
    good="harika mükemmel süper bayıldım teşekkürler teşekkür memnun memnunum güzel iyi"
    " yardımcı_oldu* sevdim başarılı muhteşem mutlu mutluyum en_iyi",
    bad="kötü berbat korkunç hayal_kırıklığı memnun_değil* üzgün üzgünüm kızgın kızgınım sinirli"
    " sinirliyim yavaş yanlış işe_yaramaz rezalet kaba faydasız",
    angry="lanet aptal aptallar aptalsın* salak salaklar salaksınız geri_zekalı* gerizekalı*"
    " siktir* amk aq kahrolsun mal_mısınız kızgınım öfkeliyim kudurdum bok boktan şerefsiz*"
    " allah_kahretsin",
    plain="kişisel",
    negation="değil değilim yok hiç",
    verb_last=True,
    want_last=True,
)
