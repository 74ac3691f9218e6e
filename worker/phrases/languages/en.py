"""English."""

from __future__ import annotations

from worker.phrases.phrases import Phrases

PHRASES = Phrases(
    hello="Hello! How can I help you?",
    welcome="You are welcome! Is there anything else I can help you with?",
    ask="Could you tell me in words what I can do for you?",
    introduction="I am an automatic assistant and answer from what this team has written down. If"
    " you would rather talk to a person, just say so.",
    rest="That answers only a part of your message, as far as I can tell. If you want a person to"
    " answer the rest, write:",
    to_person="Talk to a person",
    greetings="hi hello hey hiya greetings morning afternoon evening good_day howdy how_are_you"
    " how_are_you_doing how_is_it_going hows_it_going anyone_there anybody_there is_anyone_there"
    " is_anybody_there anyone_here anybody_here dear_sir dear_sir_or_madam dear_sir_madam"
    " to_whom_it_may_concern yo heya",
    assent="ok okay oki okey k kk alright all_right right fine sure got_it understood noted i_see"
    " i_understand makes_sense good_to_know will_do cool nice great_to_know",
    asks_who="are_you_a_robot are_you_robot are_you_a_bot are_you_bot are_you_a_chatbot"
    " are_you_an_ai are_you_ai are_you_a_machine are_you_chatgpt are_you_human are_you_a_human"
    " are_you_real are_you_a_real_person are_you_a_person is_this_a_bot is_this_a_robot"
    " is_this_an_ai is_this_automated is_this_a_real_person am_i_talking_to_a_bot"
    " am_i_talking_to_a_robot am_i_talking_to_an_ai am_i_talking_to_a_machine"
    " am_i_chatting_with_a_bot am_i_chatting_with_an_ai who_are_you what_are_you or or_a_human"
    " or_a_person or_a_bot or_human or_real"
    " am_i_talking_to_a_human am_i_talking_to_a_person am_i_chatting_with_a_human"
    " or_a_robot or_robot or_an_ai who_am_i_talking_to who_am_i_chatting_with who_is_this",
    thanks="thanks thank thx ty cheers that_helped this_helped it_helped helped helpful great"
    " perfect awesome brilliant excellent wonderful",
    help="enquiry inquiry help assistance question questions support",
    asking="quick i need some can could you me have a an would like want to ask get",
    fillers="good there you all very much so a lot many ok okay great perfect for your help the"
    " that is again dear please pls plz now just an real live to sir madam at once asap only"
    " team everyone everybody guys folks today",
    speak="speak speaking talk talking chat chatting connect connecting reach reaching put_me"
    " put_through hand_me forward_me get_in_touch get_hold contact contacting be_contacted"
    " message taok route_me switch_me pass_me write_to deal_with escalate_me escalate_to"
    " escalate_this escalate tlak talkign speek spek speack spaek caht tospeak totalk tochat"
    " get_through speak_with have_a_chat have_a_word",
    want="get give want need needs require prefer wanna gimme is_there are_there",
    person="human humans human_being person agent agents operator operators representative"
    " representatives rep assistant employee staff advisor adviser consultant colleague"
    " colleagues manager supervisor superior your_boss customer_rep human_support live_support"
    " support_agent support_team real_human live_human a_person ahuman anagent aperson uhman"
    " support_person support_rep customer_agent csr executive specialist live_operator sales_rep"
    " team_lead",
    someone="someone somebody anyone anybody people your_team team_member",
    bare="human humans person agent operator representative supervisor manager live_agent"
    " real_person human_being live_support human_support live_chat customer_rep rep advisor",
    human="call_me_back ring_me_back phone_me call_me_please can_call_me could_call_me"
    " please_call_me someone_call_me somebody_call_me give_me_a_call speak_to_support human_agent"
    " live_agent live_person live_human real_human human_being human_operator human_support"
    " human_help human_please real_agent real_operator actual_person actual_human"
    " connect_me_to_customer_service connect_me_with_customer_service"
    " connect_me_to_customer_support connect_me_with_customer_support transfer_me_to_customer"
    " put_me_through transfer_me_to_a transfer_me_please please_transfer_me"
    " connect_me_to_support connect_me_with_support hand_me_over"
    " i_can_speak_to i_can_talk_to i_can_chat_with i_could_speak_to i_could_talk_to"
    " who_can_i_speak who_can_i_talk be_transferred_to_a be_transferred_to_an",
    refused="not no dont stop without instead_of hate stupid rather_than",
    bot="bot bots chatbot chatbots robot robots ai",
    machine="machine machines",
    unless="rather_not_talk rather_not_speak dont_need_to dont_want_to_talk_to_a_human"
    " dont_want_to_talk_to_a_person no_need"
    " dont_need_a do_not_need_a human_resources human_rights human_hair do_i_need_to_speak"
    " do_i_have_to_talk do_i_need_to_talk do_i_have_to_speak",
    complaint="unacceptable not_acceptable inacceptable disgrace* outrageous scandal* scammer*"
    " scammed fraudsters rip_off ripped_off ripoff appalling legal_action take_you_to_court"
    " my_lawyer my_attorney my_solicitor a_lawyer sue_you suing report_you reporting_you"
    " consumer_protection trading_standards ombudsman better_business_bureau worst_service"
    " worst_company worst_shop worst_store worst_customer worst_support worst_experience"
    " terrible_service terrible_experience terrible_support awful_service awful_experience"
    " horrible_service horrible_experience bad_experience poor_service experience_was_bad"
    " experience_was_awful experience_was_terrible experience_with_you_was disappointed_with"
    " disappointed_in very_disappointed so_disappointed fed_up sick_of_you sick_of_your"
    " unhappy_with dissatisfied_with not_happy_with not_satisfied_with unsatisfied_with"
    " what_a_joke joke_of_a was_rude were_rude so_rude very_rude rude_to_me rude_staff thieves"
    " crooks liars lied_to_me so_angry very_angry really_angry furious livid disgusting"
    " disgusted_with shame_on_you ashamed file_claim lodge_claim ive_had_enough had_enough_of_you"
    " had_enough_of_your abysmal atrocious diabolical horrendous ridiculous_service"
    " pathetic_service incompetent unprofessional inexcusable let_down_by treated_badly"
    " treated_like bad_service this_is_a_scam its_a_scam it_is_all_a_scam what_a_scam"
    " you_are_useless youre_useless you_people_are_useless you_guys_are_useless you_lot_are"
    " useless_company useless_service daylight_robbery claim_against claims_against",
    complaining="reclamation complain complains complaining complaint complaints acomplaint"
    " grievance*",
    uncomplaining="no_disaster not_a_disaster dont_want do_not_want dont_mean do_not_mean"
    " dont_like do_not_like dont_usually do_not_usually dont_normally dont_often dont_wish"
    " do_not_wish not_going_to not_trying_to not_here_to not_writing_to no_wish no_intention"
    " i_never not_one_to wouldnt_want would_not_want rarely_complain seldom_complain"
    " hardly_ever_complain complain_rarely complain_seldom complain_very_rarely"
    " rarely_ever_complain no_complaint no_complaints not_complaining not_a_complaint"
    " not_complain dont_complain cant_complain cannot_complain nothing_to_complain"
    " complain_about_nothing without_complaint without_complaints without_complaining",
    disaster="what_a_disaster total_disaster complete_disaster what_a_catastrophe disaster"
    " disasters catastrophe catastrophic disastrous shambles",
    ours="it_is its it_was this_is this_was that_is thats that_was you_are youre service support"
    " delivery shipping packaging shop store company website app hotline staff experience"
    " order_was order_is what_a",
    file="file filing filr lodge lodging make making submit submitting raise raising register"
    " registering put_in a_customer a_consumer customer consumer",
    claim="complaint complaints grievance* consumer_claim customer_claim claim_against"
    " reclamation reclamations formal_complaint official_complaint a_claim claims_against claim",
    never="never no_longer not_going_to last_time",
    again="order_again ordering_here ordering_from buy_again buying_here buying_from shop_here"
    " shopping_here use_you order_from_you buy_from_you ordering_again buying_again order_here"
    " buy_here",
    undone="warranty_claim claim_my claim_the",
    not_helped="did_not_help didnt_help doesnt_help does_not_help not_helpful not_helping"
    " not_helped not_being_helpful arent_helpful arent_being_helpful no_help useless"
    " still_not_solved not_solved still_not_working still_doesnt_work still_does_not_work"
    " still_broken still_the_same not_what_i_asked didnt_answer did_not_answer doesnt_answer"
    " not_answer_my not_my_question dont_understand_me not_understand_me didnt_understand_me"
    " thats_wrong that_is_wrong wrong_answer that_isnt_right thats_not_right still_dont_know"
    " i_already_tried already_did_that",
    declines="dont_want dont_need do_not_want do_not_need please_dont please_do_not never_mind"
    " nevermind no_longer_want no_longer_need changed_my_mind is_not_lost isnt_lost not_lost"
    " already_got already_have already_received do_not_cancel dont_cancel"
    " do_not_deliver dont_deliver do_not_send dont_send dont_return"
    " do_not_return dont_refund do_not_refund dont_change do_not_change"
    " never_said",
    good="great good love loved perfect perfectly awesome excellent amazing wonderful fantastic"
    " brilliant happy pleased helpful nice superb thanks thank helped satisfied best",
    bad="bad terrible awful horrible disappointed disappointing unhappy worst poor useless rude"
    " annoying annoyed frustrat* angry upset sad hate hated ridiculous unacceptable slow wrong"
    " not_helped dissatisfied",
    angry="bullshit fuck fucking fucked fucker shit shitty damn goddamn wtf idiot idiots stupid"
    " morons moron asshole assholes bastard bastards crap pissed what_the_hell bloody_hell"
    " furious livid screw_you go_to_hell",
    plain="taking college colleges employer employers stuff format normal formal responsible"
    " makes making filling failing fixing issued personal advise advised night share stole staffs"
    " curious contact",
    negation="not no dont doesnt didnt isnt wasnt arent never cant wont without",
)
