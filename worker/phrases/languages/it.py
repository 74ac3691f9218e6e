"""Italian."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Buongiorno! Come posso aiutarla?",
    welcome="Prego! Posso aiutarla con qualcos'altro?",
    ask="Può scrivermi a parole come posso aiutarla?",
    introduction="Sono un assistente automatico e rispondo con ciò che questo team ha scritto. Se"
    " preferisce parlare con una persona, basta dirlo.",
    rest="Per quanto vedo, questo risponde solo a una parte del suo messaggio. Se vuole che una"
    " persona risponda al resto, scriva:",
    to_person="Parlare con una persona",
    greetings="ciao salve buongiorno buonasera buon_giorno buona_sera buon_pomeriggio"
    " buona_giornata buonanotte buona_notte buondì ehi come_va come_stai come_state come_sta"
    " c'è_qualcuno qualcuno_c'è gentili_signori spettabile_azienda salve_a_tutti",
    assent="ok okay va_bene d'accordo capito ho_capito bene benissimo perfetto certo chiaro",
    asks_who="sei_un_robot è_un_robot lei_è_un_robot sei_un_bot è_un_bot lei_è_un_bot"
    " sei_un_chatbot sei_un'ia sei_una_macchina sei_umano sei_una_persona è_una_persona sei_reale"
    " è_un_essere_umano sto_parlando_con_un_bot sto_parlando_con_un_robot parlo_con_un_bot"
    " parlo_con_un_robot chi_sei chi_è_lei o_una_persona o_umano o_un_bot"
    " o_un_robot o_robot con_chi_parlo",
    thanks="grazie mi_ha_aiutato molto_utile perfetto ottimo benissimo",
    help="aiuto aiutarmi aiutare aiutatemi domanda informazione",
    asking="ho bisogno di un una può puoi potete mi potrebbe vorrei fare",
    fillers="mille molte tante a tutti ok perfetto per il vostro aiuto buon giorno favore un una"
    " umano vero vera reale subito team tutte ragazzi signori oggi",
    speak="parlare parlo chattare contattare passare passarmi passatemi passami passi collegare"
    " collegami collegarmi trasferire trasferirmi trasferiscimi trasferitemi conversare contatto"
    " in_contatto comunicare richiamato richiamata mettetemi mettimi metta connettermi connettere"
    " discutere fatemi_parlare scrivere_a",
    want="voglio vorrei bisogno preferisco dammi datemi esigo serve",
    person="umano umana umani operatore operatrice operatori agente consulente addetto addetta"
    " essere_umano responsabile direttore collega impiegato rappresentante supervisore dipendente"
    " assistente_umano titolare una_persona",
    someone="qualcuno persona",
    bare="operatore operatrice umano persona agente consulente addetto responsabile essere_umano",
    human="persona_vera persona_reale essere_umano operatore_umano agente_umano operatore_reale"
    " agente_vero assistenza_umana aiuto_umano qualcuno_può_chiamarmi qualcuno_mi_può_chiamare"
    " può_chiamarmi_qualcuno richiamatemi chiamatemi mi_richiami mi_chiami qualcuno_di_reale"
    " collegami_al_servizio_clienti mi_passi_il_servizio_clienti qualcuno_che_mi_chiami"
    " farmi_richiamare",
    refused="non basta senza no niente invece_di stop",
    bot="bot robot chatbot ia",
    machine="macchina macchine risponditore",
    unless="per_una_persona di_una_persona risorse_umane non_ho_bisogno_di_parlare a_persona",
    complaint="inaccettabile vergogna vergognoso vergognosa peggior_servizio peggiore_servizio"
    " peggior_esperienza peggiore_esperienza molto_deluso molto_delusa deluso_da delusa_da"
    " truffatori truffa truffato truffata ladri avvocato vi_denuncio denunciare denuncerò"
    " stufo_della stufa_della stufo_di stufa_di pessimo pessima trattato_malissimo"
    " trattata_malissimo trattato_male trattata_male furioso furiosa maleducato maleducata"
    " maleducati scandaloso scandalosa associazione_consumatori codacons che_schifo fa_schifo"
    " schifo_di insoddisfatto insoddisfatta scontento scontenta sono_indignato sono_indignata"
    " vie_legali azioni_legali presa_in_giro arrabbiatissimo vergognatevi inqualificabile"
    " indecente indecenza delusissimo delusissima mai_più_da_voi incompetenti siete_incapaci"
    " siete_inutili imbroglioni presi_in_giro preso_in_giro associazione_dei_consumatori"
    " inammissibile",
    complaining="lamentarmi mi_lamento reclamo reclami",
    uncomplaining="non_è_un_disastro non_voglio non_vorrei non_intendo non_mi_lamento"
    " non_posso_lamentarmi non_per_lamentarmi mi_lamento_raramente mi_lamento_poco"
    " mi_lamento_di_rado raramente_mi_lamento di_rado_mi_lamento nessun_reclamo nessuna_lamentela"
    " senza_reclami senza_lamentele non_è_un_reclamo non_è_una_lamentela",
    disaster="è_un_disastro che_disastro è_una_catastrofe disastro disastroso disastrosa"
    " catastrofe catastrofico catastrofica",
    ours="questo_è questa_è è_stato è_stata servizio consegna spedizione negozio azienda ordine"
    " sito esperienza assistenza siete",
    file="fare faccio presentare presento sporgere sporge sporgo inviare inoltrare aprire voglio"
    " vorrei depositare ho",
    claim="reclamo reclami lamentela denuncia",
    never="mai mai_più",
    again="comprerò compro ordinerò ordino acquisterò",
    not_helped="non_mi_ha_aiutato non_mi_aiuta non_aiuta non_ha_aiutato non_è_utile non_risolto"
    " ancora_non_risolto non_è_risolto non_è_quello_che non_ho_chiesto non_mi_capisci"
    " non_mi_capisce non_hai_capito non_funziona_ancora ancora_non_funziona è_sbagliato"
    " risposta_sbagliata non_hai_risposto non_risponde non_serve_a inutile non_mi_serve",
    declines="non_voglio non_mi_serve non_ho_bisogno lasci_perdere lascia_perdere non_annullate"
    " non_annullare già_ricevuto l'ho_trovato",
    good="perfetto perfetta benissimo ottimo ottima adoro grazie contento contenta felice"
    " soddisfatto soddisfatta utile aiutato bravo brava bravi eccellente fantastico fantastica"
    " bello meraviglioso migliore",
    bad="brutto brutta male malissimo pessimo pessima orribile terribile deluso delusa peggiore"
    " peggior triste scontento scontenta insoddisfatto inutile lento sbagliato inaccettabile"
    " vergogna stufo stufa maleducato",
    angry="merda cazzo idiota idioti stronzo stronzi coglione coglioni vaffanculo imbecille"
    " imbecilli incazzato incazzata arrabbiato arrabbiata furioso furiosa stupido stupidi porca"
    " maledetto",
    plain="persone personale contatti",
    negation="non nessun nessuna mai senza né",
)
