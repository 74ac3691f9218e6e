"""Dutch."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Hallo! Waarmee kan ik u helpen?",
    welcome="Graag gedaan! Kan ik u nog ergens mee helpen?",
    ask="Kunt u mij in woorden schrijven wat ik voor u kan doen?",
    introduction="Ik ben een automatische assistent en antwoord met wat dit team heeft"
    " opgeschreven. Wilt u liever met een medewerker praten, zeg het dan gewoon.",
    rest="Voor zover ik zie beantwoordt dit maar een deel van uw bericht. Wilt u dat een mens de"
    " rest beantwoordt, schrijf dan:",
    to_person="Met een medewerker praten",
    greetings="hallo hoi hey goedemorgen goedemiddag goedenavond goedendag goede_morgen"
    " goede_middag goeden_avond goedenmiddag goeiemorgen goeiemiddag goeieavond goede_avond"
    " goedenacht dag hoe_gaat_het hoe_is_het is_er_iemand iemand_aanwezig iemand_daar beste_team"
    " geachte_heer geachte_mevrouw geachte_heer_mevrouw geachte_heer_of_mevrouw",
    assent="ok oké okay begrepen snap_ik ik_snap_het duidelijk goed prima akkoord in_orde is_goed",
    asks_who="ben_je_een_robot bent_u_een_robot ben_je_een_bot bent_u_een_bot ben_je_een_chatbot"
    " ben_je_een_ai ben_je_een_machine ben_je_een_mens bent_u_een_mens ben_je_echt is_dit_een_bot"
    " is_dit_een_robot praat_ik_met_een_robot praat_ik_met_een_bot wie_ben_je wie_bent_u"
    " of_een_mens of_een_robot of_een_bot"
    " of_robot",
    thanks="bedankt dank dankjewel dankuwel dat_helpt heeft_geholpen perfect super top geweldig",
    help="hulp helpen vraag",
    asking="ik heb nodig een kunt kun kan je u mij me",
    fillers="je u wel veel hartelijk voor de uw hulp ok oké prima allemaal graag aub alstublieft"
    " alsjeblieft een echte echt nu svp team allen mensen iedereen vandaag met het",
    speak="spreken praten praat chatten doorverbinden doorverbind* verbind verbinden doorzetten"
    " contact_met contact_opnemen_met bereiken doorschakelen overzetten te_pakken te_woord"
    " telefoneren schrijven_met",
    want="wil nodig geef geven liever graag wens mag krijg hebben",
    person="mens mensen medewerker medewerkster medewerkers agent collega leidinggevende manager"
    " chef adviseur operator vertegenwoordiger baas supervisor teamleider echt_persoon"
    " klantadviseur een_persoon",
    someone="iemand persoon",
    bare="medewerker medewerkster mens agent operator persoon collega adviseur manager"
    " klantadviseur",
    human="echt_mens echte_mens echte_persoon echt_persoon echte_medewerker menselijke_medewerker"
    " menselijke_hulp levend_persoon kan_iemand_mij_bellen kan_iemand_me_bellen"
    " iemand_mij_terugbellen iemand_me_terugbellen bel_me bel_mij terugbellen teruggebeld"
    " doorverbinden_met verbind_me_met verbind_me_door echt_iemand medewerker_nodig mens_nodig"
    " collega_nodig",
    refused="geen niet stop zonder in_plaats_van domme",
    bot="bot bots chatbot robot robots ai",
    machine="machine computer",
    unless="voor_een_persoon van_een_persoon geen_mens geen_medewerker_nodig per_persoon",
    complaint="onacceptabel niet_acceptabel onaanvaardbaar schande schandalig slechtste_service"
    " slechtste_bedrijf slechtste_ervaring slechte_service slechte_ervaring erg_teleurgesteld"
    " zeer_teleurgesteld teleurgesteld_in oplichter* oplichting opgelicht rechtszaak"
    " mijn_advocaat onze_advocaat advocaat_inschakelen advocaat_in_de_arm juridische_stappen"
    " aangifte zat_van helemaal_zat beu woedend onbeschoft brutaal consumentenbond waardeloos"
    " waardeloze belabberd belabberde belachelijk jullie_zijn_nutteloos ontevreden"
    " onvriendelijk_tegen onvriendelijk_behandeld dieven beledigend ongehoord erg_boos zo_boos"
    " heel_boos acm flessentrekkers klaar_mee pisnijdig slecht_behandeld klantonvriendelijk"
    " niet_mee_akkoord schandalige ongelooflijk_slecht incompetent beschamend slechte_behandeling",
    complaining="beklagen klagen klacht klachten",
    uncomplaining="wil_niet wil_geen wil_me_niet wil_mij_niet niet_klagen niet_te_klagen"
    " niet_komen_klagen niet_beklagen mag_niet_klagen geen_klacht geen_klachten zonder_klacht"
    " zonder_klachten zonder_te_klagen niets_te_klagen zelden_klachten zelden_een_klacht",
    disaster="wat_een_ramp een_ramp grote_ramp rampzalig* catastrofe catastrofaal",
    ours="het_is dit_is dat_is het_was dit_was dat_was service klantenservice levering bezorging"
    " winkel bedrijf bestelling website ervaring jullie_zijn",
    file="indienen dien doen maken wil heb plaatsen melden",
    claim="klacht klachten",
    never="nooit nooit_meer",
    again="bestel koop bestellen kopen",
    not_helped="hielp_niet helpt_niet helpt_me_niet helpt_mij_niet niet_geholpen niks_aan"
    " niets_aan niet_opgelost nog_steeds_niet_opgelost vroeg_ik_niet niet_mijn_vraag"
    " niet_wat_ik_vroeg begrijpt_me_niet begrijp_me_niet begrijpt_mij_niet snapt_me_niet"
    " werkt_nog_steeds_niet klopt_niet dat_is_fout dat_is_onjuist geen_antwoord verkeerd_antwoord"
    " nutteloos niet_behulpzaam",
    declines="wil_niet wil_geen hoef_niet hoef_geen laat_maar niet_annuleren niet_nodig"
    " al_ontvangen al_gevonden heb_al",
    good="top geweldig geweldige perfect perfecte prima fijn fijne uitstekend uitstekende dank"
    " bedankt blij tevreden behulpzaam geholpen goed goede super mooi fantastisch leuk beste",
    bad="slecht slechte slechtste vreselijk* verschrikkelijk* teleurgesteld teleurstellend"
    " ontevreden verdrietig boos vervelend nutteloos traag fout verkeerd waardeloos belachelijk"
    " onacceptabel onbeschoft irritant",
    angry="klote klotezooi kut godverdomme verdomme idioot idioten stom stomme lul klootzak"
    " klootzakken boos woedend sukkel sukkels tering kanker debiel debielen rot_op",
    plain="personen personeel",
    negation="niet geen nooit zonder niets niks",
    verb_last=True,
)
