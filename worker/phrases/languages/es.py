"""Spanish."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="¡Hola! ¿En qué puedo ayudarle?",
    welcome="¡De nada! ¿Puedo ayudarle en algo más?",
    ask="¿Puede escribirme con palabras en qué puedo ayudarle?",
    introduction="Soy un asistente automático y respondo con lo que este equipo ha escrito. Si"
    " prefiere hablar con una persona, solo dígalo.",
    rest="Por lo que veo, esto responde solo a una parte de su mensaje. Si quiere que una persona"
    " responda al resto, escriba:",
    to_person="Hablar con una persona",
    greetings="hola buenas buenos saludos buen_día qué_tal cómo_está cómo_están cómo_estás"
    " hay_alguien hay_alguien_ahí alguien_ahí estimados estimados_señores estimado_equipo",
    assent="ok okay vale de_acuerdo entendido entiendo está_bien muy_bien bien claro perfecto"
    " ya_veo bueno",
    asks_who="eres_un_robot es_usted_un_robot eres_un_bot es_usted_un_bot eres_un_chatbot"
    " eres_una_ia es_usted_una_ia eres_una_máquina eres_humano eres_humana eres_una_persona"
    " es_usted_una_persona eres_real es_un_bot es_esto_un_bot hablo_con_un_bot hablo_con_un_robot"
    " estoy_hablando_con_un_bot estoy_hablando_con_un_robot estoy_hablando_con_una_máquina"
    " quién_eres quién_es_usted o_una_persona o_humano o_un_bot"
    " sos_un_robot sos_un_bot o_robot o_un_robot con_quién_hablo",
    thanks="gracias me_ayudó me_ayudó_mucho eso_ayudó me_sirvió perfecto genial"
    " excelente estupendo",
    help="ayuda ayudar ayudarme ayúdame ayudame pregunta consulta duda",
    asking="necesito me puede puedes pueden podría podrías una tengo quiero quisiera hacer",
    fillers="días tardes noches muchas mil a todos ok perfecto genial por la tu su ayuda muy"
    " favor porfavor porfa un una real con ya de verdad el equipo amigos todas señor señora"
    " señores hoy",
    speak="hablar hablo ablar chatear contactar comunicarme comunicar comunícame comunícanos"
    " comuníqueme pasar pasarme pásame pase páseme pasas me_pasas me_pasa transferir transferirme"
    " transfiere transfiérame conectar conéctame conécteme conversar atender atienda atiende"
    " atiendan contacte contactarme tratar derivar derívame dame déme póngame ponme poneme"
    " comunicas platicar",
    want="quiero necesito quisiera prefiero dame deme exijo busco",
    person="humano humana humanos agente agentes operador operadora representante asesor asesora"
    " asesores empleado empleada encargado encargada supervisor supervisora gerente jefe"
    " compañero compañera ejecutivo ejecutiva responsable atención_humana persona_real"
    " una_persona",
    someone="alguien persona personas",
    bare="humano humana persona agente operador operadora representante asesor asesora supervisor"
    " ejecutivo",
    human="persona_real persona_de_verdad agente_humano agente_real ser_humano humano_real"
    " asesor_humano atención_humana ayuda_humana me_puede_llamar_alguien alguien_me_puede_llamar"
    " alguien_puede_llamarme que_me_llame que_me_llamen llámenme llámame conécteme_con_atención"
    " páseme_con_atención comuníqueme_con_atención me_llame_alguien alguien_real",
    refused="no sin nada basta en_vez_de estúpido",
    bot="bot bots robot robots chatbot ia",
    machine="máquina máquinas contestador",
    unless="nombre_de_una_persona para_una_persona recursos_humanos no_necesito_hablar por_persona",
    complaint="inaceptable inadmisible vergüenza vergonzoso peor_servicio peor_empresa"
    " peor_atención peor_experiencia muy_decepcionado muy_decepcionada decepcionado_con"
    " decepcionada_con estafador* estafa estafado estafada estafaron ladrones abogado abogada"
    " denunciar denuncia demandar demandarlos los_voy_a_denunciar harto harta hartos pésimo"
    " pésima pésimos indignado indignada indignante grosero grosera groseros maleducado"
    " maleducada falta_de_respeto voy_a_ir_a_consumo organización_de_consumidores profeco ocu"
    " defensa_del_consumidor hoja_de_reclamaciones hojas_de_reclamaciones libro_de_reclamaciones"
    " insatisfecho_con insatisfecha_con descontento descontenta muy_enojado muy_enojada"
    " muy_enfadado muy_enfadada furioso furiosa escándalo escandaloso tomadura_de_pelo"
    " acciones_legales tratado_fatal tratada_fatal trato_fatal lamentable deplorable"
    " incompetentes son_unos_inútiles sois_unos_inútiles mal_servicio muy_mal_servicio"
    " me_han_engañado",
    complaining="quejarme me_quejo queja quejas",
    uncomplaining="no_es_un_desastre no_quiero no_quisiera no_vengo_a no_pretendo no_me_quejo"
    " no_me_puedo_quejar no_puedo_quejarme rara_vez_me_quejo raramente_me_quejo"
    " pocas_veces_me_quejo casi_nunca_me_quejo nunca_me_quejo me_quejo_poco me_quejo_rara_vez"
    " ninguna_queja sin_quejas sin_queja no_es_una_queja no_es_una_reclamación no_tengo_quejas",
    disaster="es_un_desastre qué_desastre es_una_catástrofe desastre desastroso desastrosa"
    " catástrofe catastrófico catastrófica",
    ours="esto_es eso_es ha_sido fue_un fue_una servicio atención entrega envío tienda empresa"
    " pedido página experiencia soporte",
    file="poner pongo presentar presento hacer hago interponer interpongo formular enviar quiero"
    " tengo levantar abrir registrar",
    claim="reclamación reclamaciones queja quejas reclamo reclamos denuncia",
    never="nunca jamás",
    again="compro compraré comprar vuelvo pido pediré volveré",
    not_helped="no_me_ayuda no_me_ayudó no_ayuda no_ayudó no_me_ayudaste no_me_sirve no_sirve"
    " sin_resolver sigue_sin sin_resolverse no_resuelto no_se_ha_resuelto no_es_lo_que"
    " no_pregunté no_me_entiendes no_me_entiende no_entiendes todavía_no_funciona sigue_igual"
    " aún_no_funciona está_mal eso_es_incorrecto no_respondes no_responde_a no_respondió"
    " no_has_respondido respuesta_incorrecta inútil",
    declines="no_quiero no_necesito por_favor_no no_cancelen no_cancele no_canceles olvídalo"
    " olvídelo ya_lo_encontré ya_lo_recibí ya_recibí no_hace_falta",
    good="genial perfecto perfecta excelente encanta encantado gracias contento contenta feliz"
    " satisfecho satisfecha útil ayudaste ayudó maravilloso maravillosa fantástico fantástica"
    " increíble mejor",
    bad="malo mala mal pésimo pésima horrible terrible decepcionado decepcionada peor triste"
    " molesto molesta enojado enojada enfadado enfadada inútil fatal grosero lento inaceptable"
    " vergüenza harto harta descontento",
    angry="mierda idiota idiotas carajo joder puta puto putos imbécil imbéciles estúpido"
    " estúpidos cabrón cabrones pendejo pendejos furioso furiosa coño maldito maldita gilipollas"
    " boludo boludos",
    plain="queda quedan personal personales hablas",
    negation="no nunca jamás sin ningún ninguna ni tampoco",
)
