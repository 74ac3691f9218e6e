// What the rating page says, in the twelve languages of the product.

/** The sentences of one language. `ratings` go from the worst to the best. */
export interface Texts {
  question: string;
  ratings: [string, string, string, string, string];
  comment: string;
  send: string;
  thanks: string;
  change: string;
  wrongLink: string;
  choose: string;
  later: string;
}

const TEXTS: Record<string, Texts> = {
  en: {
    question: "How did we do?",
    ratings: ["Very bad", "Bad", "All right", "Good", "Very good"],
    comment: "Would you like to tell us more? (optional)",
    send: "Send",
    thanks: "Thank you for your rating.",
    change: "You can change it with the same link.",
    wrongLink: "This link is wrong or has expired.",
    choose: "Please choose one of the five ratings.",
    later: "That did not work. Please try again in a moment.",
  },
  de: {
    question: "Wie zufrieden waren Sie mit uns?",
    ratings: ["Sehr schlecht", "Schlecht", "In Ordnung", "Gut", "Sehr gut"],
    comment: "Möchten Sie uns mehr sagen? (freiwillig)",
    send: "Senden",
    thanks: "Vielen Dank für Ihre Bewertung.",
    change: "Sie können sie über denselben Link ändern.",
    wrongLink: "Dieser Link ist falsch oder abgelaufen.",
    choose: "Bitte wählen Sie eine der fünf Bewertungen.",
    later: "Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.",
  },
  es: {
    question: "¿Qué tal lo hemos hecho?",
    ratings: ["Muy mal", "Mal", "Regular", "Bien", "Muy bien"],
    comment: "¿Quiere contarnos algo más? (opcional)",
    send: "Enviar",
    thanks: "Gracias por su valoración.",
    change: "Puede cambiarla con el mismo enlace.",
    wrongLink: "Este enlace no es correcto o ha caducado.",
    choose: "Elija una de las cinco valoraciones.",
    later: "No ha funcionado. Vuelva a intentarlo dentro de un momento.",
  },
  fr: {
    question: "Que pensez-vous de notre aide ?",
    ratings: ["Très mauvaise", "Mauvaise", "Correcte", "Bonne", "Très bonne"],
    comment: "Souhaitez-vous nous en dire plus ? (facultatif)",
    send: "Envoyer",
    thanks: "Merci pour votre avis.",
    change: "Vous pouvez le modifier avec le même lien.",
    wrongLink: "Ce lien est incorrect ou a expiré.",
    choose: "Veuillez choisir l’une des cinq notes.",
    later: "Cela n’a pas fonctionné. Veuillez réessayer dans un instant.",
  },
  it: {
    question: "Come è andata con noi?",
    ratings: ["Molto male", "Male", "Così così", "Bene", "Molto bene"],
    comment: "Vuole dirci di più? (facoltativo)",
    send: "Invia",
    thanks: "Grazie per la sua valutazione.",
    change: "Può cambiarla con lo stesso link.",
    wrongLink: "Questo link è errato o scaduto.",
    choose: "Scelga una delle cinque valutazioni.",
    later: "Non ha funzionato. Riprovi tra un momento.",
  },
  pt: {
    question: "Como nos saímos?",
    ratings: ["Muito mal", "Mal", "Razoável", "Bem", "Muito bem"],
    comment: "Quer contar-nos mais? (opcional)",
    send: "Enviar",
    thanks: "Obrigado pela sua avaliação.",
    change: "Pode alterá-la com o mesmo link.",
    wrongLink: "Este link está errado ou expirou.",
    choose: "Escolha uma das cinco avaliações.",
    later: "Não funcionou. Tente novamente dentro de momentos.",
  },
  nl: {
    question: "Hoe hebben wij het gedaan?",
    ratings: ["Heel slecht", "Slecht", "Redelijk", "Goed", "Heel goed"],
    comment: "Wilt u ons meer vertellen? (niet verplicht)",
    send: "Versturen",
    thanks: "Dank u voor uw beoordeling.",
    change: "U kunt deze met dezelfde link wijzigen.",
    wrongLink: "Deze link klopt niet of is verlopen.",
    choose: "Kies een van de vijf beoordelingen.",
    later: "Dat is niet gelukt. Probeer het zo nog eens.",
  },
  pl: {
    question: "Jak nam poszło?",
    ratings: ["Bardzo źle", "Źle", "Przeciętnie", "Dobrze", "Bardzo dobrze"],
    comment: "Czy chcesz powiedzieć nam więcej? (nieobowiązkowe)",
    send: "Wyślij",
    thanks: "Dziękujemy za ocenę.",
    change: "Możesz ją zmienić, używając tego samego linku.",
    wrongLink: "Ten link jest nieprawidłowy lub wygasł.",
    choose: "Wybierz jedną z pięciu ocen.",
    later: "Nie udało się. Spróbuj ponownie za chwilę.",
  },
  ru: {
    question: "Как мы справились?",
    ratings: ["Очень плохо", "Плохо", "Нормально", "Хорошо", "Очень хорошо"],
    comment: "Хотите рассказать подробнее? (необязательно)",
    send: "Отправить",
    thanks: "Спасибо за вашу оценку.",
    change: "Её можно изменить по той же ссылке.",
    wrongLink: "Эта ссылка неверна или её срок истёк.",
    choose: "Пожалуйста, выберите одну из пяти оценок.",
    later: "Не получилось. Попробуйте ещё раз через минуту.",
  },
  tr: {
    question: "Size nasıl yardımcı olduk?",
    ratings: ["Çok kötü", "Kötü", "İdare eder", "İyi", "Çok iyi"],
    comment: "Bize daha fazlasını anlatmak ister misiniz? (isteğe bağlı)",
    send: "Gönder",
    thanks: "Değerlendirmeniz için teşekkür ederiz.",
    change: "Aynı bağlantıyla değiştirebilirsiniz.",
    wrongLink: "Bu bağlantı yanlış ya da süresi dolmuş.",
    choose: "Lütfen beş değerlendirmeden birini seçin.",
    later: "Olmadı. Lütfen birazdan yeniden deneyin.",
  },
  ar: {
    question: "كيف كانت خدمتنا؟",
    ratings: ["سيئة جدًا", "سيئة", "مقبولة", "جيدة", "جيدة جدًا"],
    comment: "هل تود أن تخبرنا بالمزيد؟ (اختياري)",
    send: "إرسال",
    thanks: "شكرًا لك على تقييمك.",
    change: "يمكنك تغييره من الرابط نفسه.",
    wrongLink: "هذا الرابط غير صحيح أو انتهت صلاحيته.",
    choose: "يرجى اختيار أحد التقييمات الخمسة.",
    later: "لم ينجح ذلك. يرجى المحاولة مرة أخرى بعد قليل.",
  },
  zh: {
    question: "您对我们的服务满意吗？",
    ratings: ["很不满意", "不满意", "一般", "满意", "很满意"],
    comment: "您还想告诉我们什么吗？（选填）",
    send: "提交",
    thanks: "感谢您的评价。",
    change: "您可以通过同一链接修改评价。",
    wrongLink: "此链接不正确或已过期。",
    choose: "请选择五个评价中的一个。",
    later: "提交失败，请稍后再试。",
  },
};

/** The languages there are texts for. */
export const LANGUAGES = Object.keys(TEXTS);

/** The texts of a language, which may be a tag such as `pt-BR`; English for any other. */
export function textsOf(language: string): Texts {
  return TEXTS[known(language) ?? "en"];
}

/** The language to speak: the one that is wanted, else the first the browser accepts, else English. */
export function chooseLanguage(wanted: string | null, accepted: string | null): string {
  const candidates = [wanted ?? "", ...byPreference(accepted ?? "")];
  for (const candidate of candidates) {
    const language = known(candidate);
    if (language !== undefined) return language;
  }
  return "en";
}

function known(tag: string): string | undefined {
  const language = tag.trim().toLowerCase().split(/[-_]/)[0];
  return Object.hasOwn(TEXTS, language) ? language : undefined;
}

function byPreference(header: string): string[] {
  return header.slice(0, 500).split(",").map((item) => {
    const [tag, quality] = item.split(";q=");
    return { tag, weight: quality === undefined ? 1 : Number(quality) || 0 };
  }).sort((one, other) => other.weight - one.weight).map((item) => item.tag);
}
