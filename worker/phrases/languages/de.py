"""German."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Hallo! Wie kann ich Ihnen helfen?",
    welcome="Gern geschehen! Kann ich sonst noch etwas für Sie tun?",
    ask="Schreiben Sie mir bitte in Worten, was ich für Sie tun kann.",
    introduction="Ich bin ein automatischer Assistent und antworte aus dem, was dieses Team"
    " aufgeschrieben hat. Wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es"
    " einfach.",
    rest="Soweit ich sehe, beantwortet das nur einen Teil Ihrer Nachricht. Wenn ein Mensch den"
    " Rest beantworten soll, schreiben Sie:",
    to_person="Mit einem Menschen sprechen",
    greetings="hallo hi hey moin servus morgen tag abend grüezi hallöchen halli_hallo grüß_gott"
    " gruess_gott mahlzeit moin_moin grüß_dich wie_geht_es_ihnen wie_geht's wie_geht_es"
    " jemand_da ist_jemand_da ist_da_jemand sehr_geehrte_damen_und_herren damen_und_herren"
    " n'abend",
    assent="ok okay oki alles_klar klar gut in_ordnung verstanden verstehe passt stimmt ach_so"
    " aha gut_zu_wissen prima",
    asks_who="bist_du_ein_roboter sind_sie_ein_roboter bist_du_ein_bot sind_sie_ein_bot"
    " bist_du_ein_chatbot sind_sie_ein_chatbot bist_du_eine_ki sind_sie_eine_ki"
    " bist_du_eine_maschine sind_sie_eine_maschine bist_du_ein_mensch sind_sie_ein_mensch"
    " bist_du_echt sind_sie_echt ist_das_ein_bot ist_das_ein_roboter ist_das_eine_ki"
    " spreche_ich_mit_einem_bot spreche_ich_mit_einer_ki rede_ich_mit_einem_bot"
    " schreibe_ich_mit_einem_bot wer_bist_du wer_sind_sie oder_ein_mensch oder_ein_bot"
    " oder_mensch"
    " oder_ein_roboter oder_roboter spreche_ich_mit_einem_roboter"
    " spreche_ich_mit_einem_menschen rede_ich_mit_einem_roboter",
    thanks="danke dank dankeschön merci das_hat_geholfen hat_geholfen das_hilft hilfreich"
    " perfekt super toll prima wunderbar",
    help="anfrage hilfe helfen weiterhelfen frage fragen unterstützung",
    asking="kurze ich brauche bitte kannst können könnten könntest du sie mir eine ein habe hätte"
    " hab",
    fillers="guten gute schönen vielen lieben besten ihnen euch dir sehr ok okay super perfekt"
    " für die das ihre hilfe zusammen bitte einen eine ein einem echten echte richtigen jetzt"
    " sofort an mit liebes liebe team tach nachmittag alle leute heute",
    speak="sprech* red* unterhalt* chatt* verbind* kontaktier* erreich* telefonier* weiterleit*"
    " leiten_sie leite_mich weitergeleitet durchstell* stellen_sie_mich stell_mich schreiben_kann"
    " verbunden gib_mir übergeben hol* anrufen kontakt_zu kontakt_mit",
    want="brauche möchte will geben gib wünsche hätte bitte lieber keinen_bot verlange",
    person="mensch* mitarbeiter mitarbeiterin mitarbeitern berater beraterin agent agenten"
    " kundenberater* ansprechpartner* sachbearbeiter* kollege kollegen kollegin chef chefin"
    " vorgesetzte* vorgesetzten support_team supportmitarbeiter* operator"
    " kundendienstmitarbeiter* geschäftsführer* filialleiter eine_person richtige_person",
    someone="jemandem jemanden jemand wem person",
    bare="mensch menschen mitarbeiter mitarbeiterin berater beraterin kundenberater"
    " ansprechpartner ansprechpartnerin agent operator kundenberaterin chef sachbearbeiter",
    human="echten_menschen echter_mensch echte_person echten_person echten_mitarbeiter"
    " menschlichen_mitarbeiter menschliche_hilfe menschlicher_mitarbeiter jemand_zurückrufen"
    " jemand_zurückruft rufen_sie_mich ruft_mich_an ruf_mich_an rückruf mich_jemand_anrufen"
    " kundenservice_verbunden mit_dem_kundenservice_verbinden mit_dem_support_verbinden"
    " persönlich_sprechen jemand_vom_support",
    refused="kein keine keinen nicht statt ohne stopp blöder",
    bot="bot bots chatbot roboter ki",
    machine="maschine computer automat",
    unless="keinen_menschen brauche_keinen_mitarbeiter jemand_anderem",
    complaint="frechheit inakzeptabel unakzeptabel nicht_akzeptabel nicht_hinnehmbar unverschämt*"
    " unfassbar schlechtester_service schlechteste_service schlechtesten_service"
    " schlechter_service ihr_seid_unfähig sie_sind_unfähig unfähiger_laden ihr_seid_nutzlos"
    " miserabel* enttäuscht_von sehr_enttäuscht maßlos_enttäuscht schwer_enttäuscht anwalt*"
    " rechtliche_schritte rechtsanwalt anzeige_erstatten verklage* verbraucherzentrale"
    " verbraucherschutz betrüger abzocke abzocker nase_voll schnauze_voll satt_mit stinksauer"
    " sauer_auf so_sauer richtig_sauer wütend unfreundlich_zu unfreundlich_und so_unfreundlich"
    " total_unfreundlich lasse_ich_mir_nicht lass_ich_mir_nicht unter_aller_sau"
    " unmöglich_behandelt unzufrieden_mit sehr_unzufrieden schande skandal* schlimmste"
    " reicht_mir_jetzt es_reicht eine_zumutung zumutung das_ist_betrug indiskutabel"
    " unprofessionell inkompetent mieser_service unverschaemt",
    complaining="beschwere beschweren beschwer beschwerde beschwerden",
    uncomplaining="keine_katastrophe will_mich_nicht möchte_mich_nicht will_mich_gar_nicht"
    " will_mich_ja_nicht kann_mich_nicht will_keine möchte_keine beschwere_mich_nicht"
    " beschwere_mich_nie beschwere_mich_selten beschwere_mich_sehr_selten"
    " beschwere_mich_nur_selten beschwere_mich_eher_selten selten_beschwere nicht_beschweren"
    " nicht_zu_beschweren keine_beschwerde keine_beschwerden ohne_beschwerde ohne_beschwerden"
    " nichts_zu_beschweren",
    disaster="katastrophe katastrophal* desaster fiasko",
    ours="das_ist das_war es_ist es_war ist_das war_das sind_sie seid_ihr ihr_seid sie_sind"
    " service kundenservice kundendienst support lieferung versand verpackung bestellung hotline"
    " beratung laden shop firma website app erfahrung behandlung kommunikation mitarbeiter"
    " was_für",
    file="einreichen einlegen machen stellen aufgeben abgeben vorbringen möchte will habe eine"
    " meine reiche",
    claim="beschwerde beschwerden reklamation_gegen dienstaufsichtsbeschwerde",
    never="nie niemals nie_wieder nie_mehr",
    again="bestelle kaufe bestellen kaufen bestell kauf",
    undone="kein_betrug betrugsschutz",
    not_helped="nicht_geholfen hilft_mir_nicht hilft_nicht hilft_mir_leider_nicht nicht_weiter"
    " nicht_hilfreich nicht_gelöst immer_noch_nicht_gelöst nicht_meine_frage war_nicht_die_frage"
    " verstehen_mich_nicht verstehst_mich_nicht versteht_mich_nicht nicht_verstanden"
    " geht_immer_noch_nicht funktioniert_immer_noch_nicht immer_noch_kaputt das_ist_falsch"
    " stimmt_nicht falsche_antwort keine_antwort beantwortet_nicht nutzlos bringt_nichts"
    " bringt_mir_nichts",
    declines="will_nicht möchte_nicht will_kein* möchte_kein* brauche_kein* brauche_nicht"
    " bitte_nicht hat_sich_erledigt erledigt schon_gut doch_nicht habe_ich_schon habe_schon"
    " schon_bekommen schon_gefunden nicht_stornieren nicht_liefern",
    good="super toll toller tolle perfekt liebe ausgezeichnet großartig* wunderbar* fantastisch*"
    " zufrieden glücklich freundlich hilfreich danke dank geholfen prima klasse beste spitze gut"
    " genial",
    bad="schlecht* schlimm* furchtbar* schrecklich* enttäusch* unzufrieden unfreundlich nutzlos"
    " nervt ärgerlich verärgert traurig mies* katastrophe katastrophal* frechheit inakzeptabel"
    " unverschämt* sauer wütend falsch",
    angry="scheiß scheiße scheiss scheisse verdammt verdammte idiot idioten arschloch arschlöcher"
    " kacke mist verarsch* fick* wütend stinksauer dreck dumm* blöd* vollidioten leck_mich"
    " verfickt*",
    plain="personen persönlich reden",
    negation="nicht kein keine keinen nie niemals ohne",
    verb_last=True,
)
