"""Documents for svcd's tests of text: the traps of scikit-learn's rules, and twelve scripts. Holds only the documents."""

WORKED = [
    "It's a well-known U.S. co-op: e-mail me@x.org!",
    "Die STRAẞE heißt Große Straße, Maß über ÄÖÜ",
    "İSTANBUL'da IĞDIR ve ılık",
    "ΟΔΥΣΣΕΥΣ Σ ΣΑΣ. ΟΣ'Α ΑΣ1",
    "मैं हिन्दी में लिखता हूँ",
    "ผมชอบกินข้าวที่กรุงเทพ",
    "السَّلامُ عليكم ورحمة",
    "我喜欢机器学习。你好 世界",
    "I ❤️ 👍🏽 code x² ½ ①② Ⓐⓑ",
    "snake_case __init__ _ 42 3.14 1,000 ١٢٣ a_",
]

SCRIPTS = [
    "Привет, МИР! Ёжик и й",  # Cyrillic
    "שָׁלוֹם עוֹלָם, שלום",  # Hebrew
    "대한민국 한국어 ㅎㅎ",  # Hangul, a part of it written in letters
    "日本語のテキスト、ｶﾀｶﾅ ガギ",  # Japanese
    "Ελλάδα Άνθρωπος ΑΆΣ",  # Greek
    "বাংলা ভাষা",  # Bengali
    "தமிழ் மொழி",  # Tamil
    "ქართული ᲥᲐᲠᲗᲣᲚᲘ",  # Georgian
    "Հայերեն և ԵՒ",  # Armenian
    "አማርኛ ፩፪፫",  # Ethiopic
    "ភាសាខ្មែរ",  # Khmer
    "မြန်မာဘာသာ ၁၂၃",  # Myanmar
]

TRAPS = [
    "",
    "   ",
    "a",
    " a ",
    "tab\tone\t\ttwo\nline\n\nlines\r\nend ",
    "\x1cfile\x1dgroup\x1erecord\x1funit\x85next\u00a0no-break\u3000wide\u200bzero",
    "Brand™ №5 ﬁne ﷺ ㎢ Å Å café cafe\u0301 Ǆ ǅ",
    "the cat and the dog with an AND of THE",
    "$1.50 and $x costs $ 3,000.25$ a$b (c)",
    "abc1 1abc abc_ a-b aé éa 12ab34",
    "Σ ΑΣ ΑΣ. ΑΣ.Β ΑΣ\u00adΒ ΣΣ ΑΣ\u0301 1Σ",
    "ı I İ i̇ ß ẞ æ ø ł đ ŉ ǰ ΐ",
    "x" * 40 + " " + "y" * 3,
    "\ufffd\U0010ffff\x00 nul",
]

DOCUMENTS = [*WORKED, *SCRIPTS, *TRAPS]
