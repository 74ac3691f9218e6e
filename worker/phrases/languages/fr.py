"""French."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Bonjour ! Comment puis-je vous aider ?",
    welcome="Je vous en prie ! Puis-je vous aider pour autre chose ?",
    ask="Pouvez-vous m'écrire avec des mots ce que je peux faire pour vous ?",
    introduction="Je suis un assistant automatique et je réponds avec ce que cette équipe a"
    " écrit. Si vous préférez parler à une personne, dites-le simplement.",
    rest="Il me semble que cela ne répond qu'à une partie de votre message. Si vous souhaitez une"
    " réponse d'une personne pour le reste, écrivez :",
    to_person="Parler à une personne",
    greetings="bonjour bonsoir salut coucou hello bjr bsr slt ça_va comment_ça_va"
    " comment_allez-vous bonne_journée bonne_soirée bon_après-midi il_y_a_quelqu'un"
    " quelqu'un_est_là y_a-t-il_quelqu'un bonne_nuit re_bonjour rebonjour",
    assent="ok okay d'accord daccord entendu compris je_comprends je_vois très_bien bien"
    " c'est_noté noté ça_marche",
    asks_who="êtes-vous_un_robot es-tu_un_robot vous_êtes_un_robot tu_es_un_robot t'es_un_robot"
    " êtes-vous_un_bot es-tu_un_bot vous_êtes_un_bot tu_es_un_bot êtes-vous_une_ia es-tu_une_ia"
    " tu_es_une_ia vous_êtes_une_ia êtes-vous_une_machine es-tu_une_machine êtes-vous_humain"
    " es-tu_humain êtes-vous_une_personne êtes-vous_réel c'est_un_bot c'est_un_robot"
    " je_parle_à_un_robot je_parle_à_un_bot est-ce_que_je_parle_à_un_robot qui_êtes-vous"
    " qui_es-tu ou_un_humain ou_un_robot ou_humain"
    " est-ce_que_vous_êtes_un_robot est-ce_que_tu_es_un_robot"
    " est-ce_que_vous_êtes_un_bot ou_un_bot",
    thanks="merci m'a_aidé ça_m'a_aidé cela_m'a_aidé parfait super génial excellent nickel",
    help="aide d'aide aider m'aider question renseignement",
    asking="j'ai besoin de une pouvez peux vous tu me pourriez pourrais",
    fillers="beaucoup bien à vous tous toutes et ok parfait super pour votre aide mille s il"
    " plait te svp stp un une vrai vraie de le la madame monsieur mesdames messieurs l'équipe"
    " équipe aujourd'hui tout le_monde",
    speak="parler discuter contacter joindre transférer transférez passer passez passez-moi"
    " mettez_moi mettre_en_relation en_relation relation échanger communiquer converser dialoguer"
    " parle chatter tchatter connecter connectez traiter orientez dirigez parlez adresser rappelé"
    " rappelée rappeler",
    want="veux voudrais souhaite besoin donnez donne préfère aimerais vouloir exige",
    person="humain humaine humains conseiller conseillère conseillers agent opérateur opératrice"
    " employé employée interlocuteur collègue collègues responsable représentant directeur"
    " manager supérieur vrai_agent conseillé équipe_support superviseur une_personne"
    " la_personne_du",
    someone="quelqu_un personne",
    bare="humain humaine conseiller conseillère agent opérateur opératrice conseillé responsable"
    " représentant interlocuteur",
    human="vraie_personne vrai_humain vrai_agent vrai_conseiller être_humain agent_humain"
    " conseiller_humain quelqu_un_de_réel personne_réelle quelqu_un_peut_m_appeler"
    " quelqu_un_peut_me_rappeler rappelez_moi appelez_moi me_rappeler être_rappelé"
    " transférez_moi_au_service passez_moi_le_service mettez_moi_en_relation service_humain"
    " aide_humaine",
    refused="pas plus arrêtez stop sans marre non",
    bot="bot bots robot robots chatbot ia",
    machine="machine machines automate",
    unless="pour_une_personne d_une_personne ressources_humaines par_personne pas_besoin_d_un"
    " pas_besoin_de_parler personne_de personne_n",
    complaint="inadmissible inacceptable pas_acceptable pire_service très_déçu très_déçue"
    " vraiment_déçu vraiment_déçue déçu_de déçue_de déçu_par déçue_par voleurs arnaque*"
    " arnaqueurs escroc* escroquerie tribunal poursuites poursuivre_en_justice action_en_justice"
    " honte honteux marre_de ras_le_bol répression_des_fraudes dgccrf signaler_à vous_signaler"
    " défense_des_consommateurs service_client_est_nul service_est_nul service_nul"
    " service_lamentable lamentable furieux furieuse scandaleux scandale impoli impolie malpoli"
    " malpolie mécontent mécontente insatisfait insatisfaite vous_moquez moquez_de très_en_colère"
    " déplorable désagréable_avec mon_avocat un_avocat_contre saisir_un_avocat mal_traité"
    " mal_traitée mal_reçu incompétent incompétents vous_êtes_nuls vous_êtes_inutiles"
    " vous_êtes_des_incapables vous_êtes_incapables très_mécontent minable voleur"
    " service_déplorable foutez_de",
    complaining="me_plaindre plains_de porter_plainte porte_plainte déposer_plainte"
    " déposer_une_plainte plainte plaintes",
    uncomplaining="pas_une_catastrophe ne_veux_pas veux_pas ne_souhaite_pas ne_voudrais_pas"
    " ne_vais_pas pas_me_plaindre pas_à_me_plaindre pas_pour_me_plaindre rarement_plains"
    " plains_rarement pas_de_plainte sans_plainte sans_me_plaindre sans_réclamation"
    " aucune_plainte aucune_réclamation pas_une_réclamation pas_une_plainte",
    disaster="une_catastrophe quelle_catastrophe un_désastre quel_désastre catastrophe"
    " catastrophique désastre désastreux désastreuse",
    ours="c'est c'était ceci_est cela_est service livraison magasin boutique entreprise société"
    " commande site expérience support vous_êtes",
    file="faire fais déposer dépose porter formuler adresser envoyer soumettre ouvrir veux"
    " voudrais souhaite",
    claim="réclamation réclamations plainte plaintes",
    never="jamais plus_jamais",
    again="commande commander commanderai achète acheter achèterai recommande",
    not_helped="ne_m_aide_pas m_aide_pas n_aide_pas a_pas_aidé pas_aidé pas_utile pas_résolu"
    " toujours_pas_résolu pas_ma_question ne_me_comprenez_pas me_comprenez_pas me_comprends_pas"
    " ne_marche_toujours_pas marche_toujours_pas fonctionne_toujours_pas c_est_faux répondez_pas"
    " réponds_pas répondu_pas pas_répondu mauvaise_réponse inutile ne_sert_à_rien sert_à_rien",
    declines="ne_veux_pas veux_pas ne_veux_plus pas_besoin laissez_tomber n'annulez_pas"
    " ne_pas_annuler déjà_reçu l'ai_trouvé",
    good="super génial géniale parfait parfaite parfaitement adore excellent excellente merci"
    " content contente satisfait satisfaite utile aidé formidable magnifique bravo top meilleur",
    bad="mauvais mauvaise nul nulle horrible terrible affreux déçu déçue mécontent mécontente"
    " insatisfait inutile pire triste fâché fâchée énervé énervée lamentable déplorable"
    " inacceptable inadmissible honte faux lent",
    angry="merde putain con connard connards conne cons idiot idiots imbécile imbéciles débile"
    " débiles bordel chier foutre foutez colère furieux furieuse crétin crétins enculé enculés"
    " salaud salauds",
    plain="passé passée passes responsables",
    negation="pas ne jamais aucun aucune sans non plus",
)
