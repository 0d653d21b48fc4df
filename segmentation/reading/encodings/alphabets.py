"""Which letters beyond ASCII occur together, and which characters open a name: they tell readings of a cell apart.

The alphabets follow the main exemplar characters of Unicode's CLDR, with the letters that names in the language borrow.
"""

from __future__ import annotations

from typing import Final

# One a language or group of close ones, in lower case: Latin letters beyond a to z, Cyrillic whole.
_LATIN: Final = (
    "äöüß",  # German
    "éëïöüóèêáçä",  # Dutch
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíñóúü",  # Spanish
    "áàâãçéêíóôõúü",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "àçéèíïóòúü",  # Catalan
    "åäöéü",  # Swedish
    "åäöšž",  # Finnish
    "æøåéöü",  # Danish, Norwegian
    "áðéíóúýþæö",  # Icelandic
    "ëç",  # Albanian
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţșț",  # Romanian
    "čćđšž",  # Croatian, Slovene, Bosnian
    "çğıöşüâîûi̇",  # Turkish
    "äõöüšž",  # Estonian
    "āčēģīķļņšūž",  # Latvian
    "ąčęėįšųūž",  # Lithuanian
)
_RUSSIAN: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
_CYRILLIC: Final = (
    _RUSSIAN,
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’",  # Ukrainian
    "абвгдеёжзійклмнопрстуўфхцчшыьэюя",  # Belarusian
    "абвгдђежзијклљмнњопрстћуфхцчџш",  # Serbian
    "абвгдѓежзѕијклљмнњопрстќуфхцчџш",  # Macedonian
)
ALPHABETS: Final = tuple(map(frozenset, (*_LATIN, *_CYRILLIC)))

# A Hebrew letter that has a final form has it at the end of a word, and only there.
HEBREW_FINALS: Final = frozenset("ךםןףץ")
HEBREW_NOT_FINAL: Final = frozenset("כמנצ")

# The commonest family names: four in five Koreans and Chinese have one of these.
SURNAMES: Final = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄"
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓鄧馮蕭潘蔣餘葉蘇魏呂盧鍾譚陸賴洪邱廖簡莊游江尤"
)
# What the commonest Japanese family names begin with. They say something only of readings as Japanese: Chinese texts
# have the same ideographs anywhere.
JAPANESE_SURNAMES: Final = frozenset(
    "佐鈴高田渡伊山中小加吉松井木斎清池橋阿石森岡後長近村遠青坂前福太西藤三上原野大北内林斉和平宮菅工横本今増丸杉竹柴酒河谷久古千新"
)
# Marks that stand beside letters in names and addresses.
MARKS: Final = frozenset("’‘“”«»–—…·№°º ª、。・ー々〇（）「」『』【】，；：－~～׳״،؛؟ـ\u200c\u200e\u200f")
