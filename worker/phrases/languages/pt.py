"""Portuguese."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Olá! Como posso ajudar?",
    welcome="De nada! Posso ajudar em mais alguma coisa?",
    ask="Você pode me escrever em palavras como posso ajudar?",
    introduction="Sou um assistente automático e respondo com o que esta equipa escreveu. Se"
    " preferir falar com uma pessoa, basta dizer.",
    rest="Ao que vejo, isto responde apenas a uma parte da sua mensagem. Se quiser que uma pessoa"
    " responda ao resto, escreva:",
    to_person="Falar com uma pessoa",
    greetings="olá oi ola bom_dia boa_tarde boa_noite boas opa e_aí tudo_bem tudo_bom como_vai"
    " como_está como_estão tem_alguém_aí tem_alguém alguém_aí prezados prezados_senhores"
    " saudações",
    assent="ok okay tá_bom tá_bem está_bem está_bom certo entendi entendido percebi beleza"
    " tudo_bem bom bem",
    asks_who="és_um_robô você_é_um_robô é_um_robô você_é_um_bot és_um_bot é_um_bot"
    " você_é_um_chatbot você_é_uma_ia é_uma_ia você_é_uma_máquina você_é_humano você_é_humana"
    " é_humano você_é_uma_pessoa é_uma_pessoa você_é_real estou_falando_com_um_robô"
    " estou_falando_com_um_bot estou_a_falar_com_um_robô estou_a_falar_com_um_bot"
    " falo_com_um_robô quem_é_você quem_és ou_uma_pessoa ou_humano ou_um_robô"
    " ou_robô ou_um_bot com_quem_falo",
    thanks="obrigado obrigada ajudou me_ajudou perfeito ótimo excelente",
    help="ajuda ajudar ajudarme pergunta dúvida duvida",
    asking="preciso de uma pode podem você me tenho gostaria poderia fazer",
    fillers="bom boa dia tarde noite muito a todos ok perfeito pela ajuda por favor um uma"
    " humano real agora de verdade pessoal gente equipe equipa todas com você vocês hoje",
    speak="falar falo conversar contactar contatar passar passa passe me_passa transferir"
    " transfere transfira conectar conecte conecta encaminhar encaminha encaminhe atendido"
    " atendida atenda chama chame chamar coloca comunicar tratar ligar_para_mim contacto_com"
    " contato_com redirecionar",
    want="quero preciso gostaria prefiro dá dê exijo queria",
    person="humano humana humanos atendente atendentes agente operador operadora funcionário"
    " funcionária colega gerente supervisor supervisora representante atendimento_humano"
    " assistente_humano responsável chefe colaborador pessoa_real uma_pessoa",
    someone="alguém pessoa pessoas",
    bare="atendente humano pessoa agente operador operadora representante supervisor"
    " atendimento_humano gerente",
    human="pessoa_real pessoa_de_verdade ser_humano atendente_humano atendimento_humano"
    " agente_humano assistente_humano ajuda_humana alguém_de_verdade alguém_pode_me_ligar"
    " alguém_me_pode_ligar pode_me_ligar me_liguem liguem_me me_liga conecte-me_ao_serviço"
    " transfere-me_para_o alguém_real me_ligar",
    refused="não sem chega nada em_vez_de",
    bot="bot bots robô robôs robo chatbot ia",
    machine="máquina máquinas",
    unless="de_uma_pessoa para_uma_pessoa recursos_humanos não_preciso_falar por_pessoa",
    complaint="inaceitável inadmissível vergonha vergonhoso pior_serviço pior_empresa"
    " pior_atendimento pior_experiência muito_desapontado muito_desapontada desapontado_com"
    " desapontada_com decepcionado_com decepcionada_com muito_decepcionado muito_decepcionada"
    " golpista golpistas golpe burla burlões advogado advogada procon reclame_aqui farta_da"
    " farto_da farta_de farto_de cansado_de_vocês péssimo péssima mal_tratado mal_tratada"
    " maltratado indignado indignada grosso_comigo grossa_comigo grosseiro mal_educado"
    " mal_educada falta_de_respeito processar processo_judicial livro_de_reclamações insatisfeito"
    " insatisfeita ladrões palhaçada absurdo vocês_são_inúteis incompetentes enganado enganada"
    " péssimo_serviço lamentável fui_enganado",
    complaining="reclamar_do reclamar_da reclamar_de me_queixar queixar-me reclamação reclamações"
    " queixa queixas",
    uncomplaining="não_é_um_desastre não_quero não_queria não_gostaria não_pretendo não_venho"
    " não_me_quero não_posso_me_queixar não_posso_queixar-me raramente_me raramente_reclamo"
    " raramente_faço raramente_apresento nenhuma_reclamação nenhuma_queixa sem_reclamações"
    " sem_reclamação sem_queixas não_é_uma_reclamação não_é_uma_queixa não_tenho_reclamações"
    " não_tenho_queixas",
    disaster="é_um_desastre que_desastre é_uma_catástrofe desastre desastroso desastrosa"
    " catástrofe catastrófico catastrófica",
    ours="isto_é isso_é foi_um foi_uma serviço atendimento entrega loja empresa pedido encomenda"
    " site experiência suporte vocês_são",
    file="fazer faço apresentar apresento registrar registar abrir formalizar quero gostaria"
    " enviar tenho",
    claim="reclamação reclamações queixa queixas denúncia",
    never="nunca jamais",
    again="compro comprarei comprar peço encomendo volto",
    not_helped="não_ajudou não_me_ajudou não_ajuda não_me_ajuda não_resolvido não_resolveu"
    " não_foi_resolvido não_foi_isso_que não_foi_o_que não_me_entende não_me_entendeu"
    " não_entendeu continua_sem ainda_não_funciona está_errado resposta_errada não_respondeu"
    " não_responde inútil não_adiantou não_serve_de",
    declines="não_quero não_preciso deixa_pra_lá deixe_estar não_cancele não_cancelem já_recebi"
    " já_encontrei esqueça",
    good="ótimo ótima perfeito perfeita perfeitamente adorei adoro amei excelente obrigado"
    " obrigada feliz satisfeito satisfeita útil ajudou bom boa maravilhoso maravilhosa fantástico"
    " incrível melhor",
    bad="mau má mal ruim péssimo péssima horrível terrível desapontado decepcionado decepcionada"
    " pior triste chateado chateada insatisfeito inútil lento errado inaceitável vergonha farto"
    " farta",
    angry="merda porra idiota idiotas caralho puta imbecil imbecis estúpido estúpidos burro"
    " burros foda foder furioso furiosa desgraça desgraçados otário otários",
    plain="pessoal pessoas",
    negation="não nunca jamais sem nenhum nenhuma nem",
)
