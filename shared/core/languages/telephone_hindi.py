"""The same in Hindi as it is spoken in Indian cities, in either script; English counts there too."""

from shared.core.languages.telephone import Telephone, all_of_it, any_of

_CALL = "(?:call|phone|fone|कॉल|काल|फ़ोन)"
_NOT = "(?:मत|ना|mat|na)"
_DO = "(?:कर(?:ो|ना|िए|िएगा|ें)|कीजिए|कीजिएगा|karo|karna|kariye|kijiye|kijiyega|karein)"

HINDI_TELEPHONE = Telephone(
    opt_out=any_of(
        rf"{_CALL} {_NOT} {_DO}",
        rf"{_CALL} (?:करना|karna) (?:बंद|band|bandh)(?: {_DO})?",
        rf"{_CALL} (?:नहीं|नही|nahi|nahin) (?:चाहिए|chahiye|करना|karna)",
        "(?:मेरा|mera|यह|ye|yeh) (?:नंबर|number)(?: \\w+)? (?:हटा|hata|निकाल|nikal)[^ ]*(?: [^ ]+)?",
    ),
    mailbox=any_of(
        "(?:संदेश|मैसेज|sandesh|message) (?:छोड़|chhod|chod|रिकॉर्ड|record)[^ ]*",
        "(?:बीप|टोन|beep|tone) के? ?(?:बाद|baad)",
        "(?:beep|tone) ke baad",
    ),
    screening=any_of("(?:अपना|apna) (?:नाम|naam) (?:बताएं|बताइए|बोलें|bataiye|bataye|boliye)"),
    menu=any_of("(?:के लिए|ke liye) [^ ]+ (?:दबाएं|दबाइए|dabaye|dabaiye|dabayein)"),
    unavailable=any_of(
        "(?:स्विच ऑफ|switch off|switched off)",
        "(?:संपर्क|नेटवर्क|कवरेज|sampark|network|coverage)(?: [^ ]+){0,2} (?:बाहर|bahar)",
        "(?:उत्तर|जवाब|uttar|jawab) (?:नहीं|nahi) (?:दे|de)(?: [^ ]+){0,2}",
        "(?:उपलब्ध|uplabdh) (?:नहीं|nahi)",
        "(?:व्यस्त|vyast) (?:है|hai)",
    ),
    not_in_service=any_of(
        "(?:मौजूद|अस्तित्व में|सेवा में|maujood|mojud|seva mein) (?:नहीं|nahi)",
        "(?:नंबर|number) (?:की|ki) (?:जाँच|जांच|jaanch|janch)(?: [^ ]+)?",
    ),
    greeting=all_of_it(
        "(?:(?:हेलो|हैलो|हाँ|हां|जी|नमस्ते|बोलिए|बोलो|haan|ji|namaste|boliye|bolo|hello)(?: [^ ]+)?)",
        "(?:कौन|kaun)(?: [^ ]+)*",
    ),
    it_is_me=any_of(
        "(?:बोल|bol) (?:रहा|रही|raha|rahi) (?:हूँ|हूं|hoon|hun|hu)",
        "(?:मैं|main|mai) (?:ही|hi)(?: [^ ]+)?",
        "(?:जी|ji) (?:बोलिए|boliye|बोलो|bolo)",
    ),
    names_self=any_of("(?:मैं|main)", "(?:मेरा नाम|mera naam)"),
    wrong_number=any_of(
        "(?:गलत|रॉन्ग|रांग|galat|wrong) (?:नंबर|number)", "(?:ऐसा|यहाँ|aisa|yahan) (?:कोई|koi) (?:नहीं|nahi)"
    ),
    away=any_of(
        "(?:घर पर|ghar par|ghar pe|यहाँ|yahan|अभी|abhi) (?:नहीं|nahi)(?: [^ ]+)?",
        "(?:बाहर|bahar) (?:गए|गई|गया|gaye|gayi|gaya|हैं|hain)(?: [^ ]+)?",
    ),
    fetching=any_of(
        "(?:रुकिए|रुको|होल्ड|rukiye|ruko|hold)(?: [^ ]+)?",
        "(?:एक|ek) (?:मिनट|minute)",
        "(?:देता|देती|deta|deti) (?:हूँ|hoon|hu)",
    ),
    who_is_it=any_of(
        "(?:कौन|kaun)(?: [^ ]+){0,3}",
        "(?:किस|kis) (?:बारे|liye|लिए|baare)(?: [^ ]+)?",
        "(?:क्या काम|kya kaam)(?: [^ ]+)?",
    ),
)
