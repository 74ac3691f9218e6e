"""Polish."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Dzień dobry! W czym mogę pomóc?",
    welcome="Proszę bardzo! Czy mogę pomóc w czymś jeszcze?",
    ask="Proszę napisać słowami, w czym mogę pomóc.",
    introduction="Jestem automatycznym asystentem i odpowiadam na podstawie tego, co napisał ten"
    " zespół. Jeśli wolisz porozmawiać z człowiekiem, po prostu napisz.",
    rest="O ile widzę, to odpowiedź tylko na część wiadomości. Jeśli na resztę ma odpowiedzieć"
    " człowiek, proszę napisać:",
    to_person="Porozmawiaj z człowiekiem",
    greetings="cześć hej witam witaj dobry witajcie siema siemka hejka czesc dzien_dobry"
    " dobry_wieczór halo co_słychać jak_się_masz jest_tam_kto jest_ktoś szanowni_państwo"
    " szanowny_panie szanowna_pani dobranoc dobrego_dnia miłego_dnia",
    assent="ok okej dobrze dobra rozumiem zrozumiałem zrozumiałam jasne w_porządku super",
    asks_who="jesteś_robotem czy_jesteś_robotem jesteś_botem czy_jesteś_botem czy_to_bot"
    " czy_to_robot czy_jesteś_sztuczną_inteligencją jesteś_maszyną czy_jesteś_człowiekiem"
    " jesteś_człowiekiem czy_rozmawiam_z_botem czy_rozmawiam_z_robotem rozmawiam_z_botem"
    " kim_jesteś czy_człowiekiem czy_botem"
    " czy_robotem",
    thanks="dziękuję dzięki dziekuje pomogło to_pomogło super świetnie doskonale",
    help="zapytanie pomocy pomoc pomóc pytanie",
    asking="potrzebuję mam możesz możecie mi czy jedno mogę prosić",
    fillers="dzień wieczór bardzo za pomoc ok super serdecznie państwa proszę poproszę z do o"
    " prawdziwy żywy teraz państwu wszystkim wszyscy zespole dzien wieczor",
    speak="rozmawiać porozmawiać porozmawiaj gadać pogadać mówić skontaktować skontaktuj połączyć"
    " połącz połączcie zadzwonić przełączyć przełącz przełączcie przekazać przekaż przekażcie"
    " pisać rozmowa rozmowę rozmowy kontakt kontaktu dodzwonić przekierować przekieruj",
    want="chcę chce chciałbym chciałabym potrzebuję proszę poproszę wolę daj dajcie żądam",
    person="człowiekiem człowieka człowiek człowiekowi konsultantem konsultanta konsultant"
    " konsultantką konsultantki pracownikiem pracownika pracownik agentem agenta agent doradcą"
    " doradcy doradca kierownikiem kierownika przełożonym przełożonego menedżerem szefem"
    " operatorem operatora przedstawicielem przedstawiciela",
    someone="kimś kogoś osobą osoby osobę",
    bare="człowiek człowieka człowiekiem konsultant konsultanta konsultantem agent agenta"
    " pracownik pracownika doradca doradcę operator",
    human="prawdziwym_człowiekiem prawdziwego_człowieka żywym_człowiekiem żywego_człowieka"
    " prawdziwą_osobą żywą_osobą prawdziwym_pracownikiem prawdziwy_człowiek ktoś_prawdziwy"
    " ktoś_może_do_mnie_zadzwonić ktoś_do_mnie_zadzwonić proszę_o_telefon oddzwońcie"
    " zadzwońcie_do_mnie proszę_do_mnie_zadzwonić połączyć_z_biurem_obsługi połącz_z_obsługą"
    " kontakt_z_człowiekiem mnie_połączyć ktoś_zadzwoni",
    refused="nie żadnych bez zamiast dość",
    bot="bot botem boty botów botami robotem robot roboty robotów chatbot chatbotem",
    machine="maszyną maszyna automatem",
    unless="imię_osoby dla_osoby nie_potrzebuję_rozmawiać na_osobę dla_człowieka",
    complaint="niedopuszczalne nie_do_przyjęcia skandal skandaliczne skandaliczna"
    " najgorsza_obsługa najgorszy_sklep najgorsza_firma najgorsze_doświadczenie"
    " bardzo_rozczarowany bardzo_rozczarowana rozczarowany_wami oszust* oszuści oszukali oszukany"
    " oszukana oszukaliście złodzieje prawnik* prawnikiem mój_adwokat adwokata adwokatem sądu"
    " rzecznik*_praw rzecznika_konsumentów uokik mam_was_dość mam_dość dość_was beznadziejna"
    " beznadziejny beznadziejne beznadziejni bezużyteczni jesteście_bezużyteczni wściekła"
    " wściekły niegrzeczny niegrzeczna nieuprzejmy nieuprzejma wstyd żenada żenujące"
    " niezadowolony_z niezadowolona_z skrajnie_niezadowolony bardzo_niezadowolony"
    " bardzo_niezadowolona potraktowano_mnie potraktowaliście chamstwo okropna_obsługa"
    " fatalna_obsługa zgłoszę_was karygodne oburzony oburzona naciągacze niekompetentn* kpina"
    " kpiny oburzając* zgłaszam_was",
    complaining="zażalenie poskarżyć skarżę skarga skargę skargi zażalenia",
    uncomplaining="to_nie_katastrofa nie_chcę nie_chce nie_chciałbym nie_chciałabym nie_zamierzam"
    " nie_składam nie_skarżę nie_poskarżyć rzadko_się rzadko_skarżę rzadko_składam"
    " skarżę_się_rzadko nigdy_się_nie_skarżę ani_składać bez_skarg bez_skargi żadnej_skargi"
    " żadnych_skarg to_nie_skarga to_nie_jest_skarga nie_mam_skarg nie_mam_zażaleń",
    disaster="to_katastrofa co_za_katastrofa katastrofa katastrofę katastrofaln*",
    ours="to_jest to_była to_jakaś obsługa dostawa sklep firma zamówienie strona jesteście",
    file="złożyć składam złóż wnieść wnoszę napisać mam chcę chce chciałbym chciałabym zgłosić",
    claim="skargę skarga skargi zażalenie zażalenia skarge",
    never="nigdy nigdy_więcej",
    again="kupię kupie zamówię zamowie kupuję",
    not_helped="nie_pomogło nie_pomaga nie_pomogło_mi nie_pomogłeś nierozwiązane nie_rozwiązane"
    " nierozwiązany nie_o_to_pytałem nie_o_to_pytałam nie_o_to_pytam nie_rozumiesz_mnie"
    " nie_rozumie_mnie nie_rozumiecie nadal_nie_działa dalej_nie_działa wciąż_nie_działa"
    " to_nieprawda to_błąd nie_jest_odpowiedź nie_odpowiedziałeś nie_odpowiada_na zła_odpowiedź"
    " bezużyteczne",
    declines="nie_chcę nie_chce nie_potrzebuję nie_anulujcie nie_anulować nieaktualne nieważne"
    " już_dostałem już_dostałam już_mam",
    good="super świetna świetny świetnie idealnie doskonale doskonała dziękuję dzięki uwielbiam"
    " zadowolony zadowolona pomogłeś pomogłaś pomogło pomocny dobra dobry dobrze wspaniale"
    " wspaniała fantastyczn* polecam najlepsz*",
    bad="zły zła złe źle fatalna fatalny okropn* straszn* rozczarowany rozczarowana niezadowolony"
    " niezadowolona najgorsz* smutn* wściekły beznadziejn* bezużyteczn* kiepsk* słab* wstyd"
    " niedopuszczalne powolny",
    angry="kurwa kurwy gówno gowno idiota idioci idiotów debil debile cholera cholerny pierdol*"
    " spierdal* jebać jebany jebane zły wściekły wściekła wkurz* wkurw* dupa głupi głupki",
    plain="osobno",
    negation="nie nigdy bez żaden żadna żadnych",
)
