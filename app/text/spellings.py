"""How English writes its sounds, in the symbols of misaki and espeak: the table behind ``app.audio.letters``."""

from __future__ import annotations


def _table(text: str) -> dict[str, tuple[str, ...]]:
    return {spelling: tuple(sounds) for spelling, *sounds in map(str.split, text.strip().splitlines())}


LETTERS = _table(
    """
    a æ A ɑ ɔ ə ɛ ɪ ɐ a ᵻ ɒ ᵊ
    b b β
    c k s
    d d ɾ T ɖ
    e ɛ i ə ɪ ᵻ A ᵊ e ɜ
    f f v
    g ɡ ʤ ʒ ɣ g
    h h
    i ɪ I i ə ᵻ j ᵊ ɨ
    j ʤ j ʒ h x
    k k
    l l ɫ ᵊl əl
    m m ᵊm əm
    n n ŋ ɲ ᵊn ən
    o O Q ɑ ɒ ə ɔ ʌ u ʊ W ᵊ o wʌ ɜ
    p p
    q k
    r ɹ r ɾ ʁ ʀ ɚ ɝ
    s s z
    t t ɾ T ʔ ʈ
    u ʌ ju u ʊ jʊ jə ə w ɪ ɛ ᵊ y ʉ ɐ
    v v β
    w w v
    x ks ɡz kʃ k z x ʃ
    y i I ɪ j ə ᵻ y
    z z s ts
    """
)
"""What a letter says alone; for x that are two phonemes."""

GROUPS = _table(
    """
    bb b
    bt t
    cc k ks
    cch k
    ce s ʃ
    ch ʧ k ʃ x ç
    ci ʃ
    ck k
    cqu kw k
    cz ʧ z
    dd d ɾ T
    dg ʤ
    dge ʤ
    di ʤ
    dj ʤ
    ed d t ᵻd ɪd əd
    es z s ᵻz ɪz əz
    ff f
    ffe f
    ge ʤ ʒ
    gg ɡ ʤ
    gh ɡ f
    ght t
    gi ʤ
    gl ʎ l
    gn n ɲ
    gu ɡ ɡw
    gue ɡ
    kh k x
    kn n
    ld d
    le ᵊl əl
    lf f
    lk k
    ll l ʎ j
    lm m
    mb m
    mm m
    mn m
    nd n
    ng ŋ ŋɡ
    nk ŋk
    nn n
    ph f v p
    pn n
    pp p
    ps s
    pph f
    pt t
    qu kw k
    que k
    rh ɹ r
    rr ɹ r
    sc s ʃ
    sch ʃ sk
    se s z
    sh ʃ
    si ʃ ʒ
    sl l
    sm zəm zᵊm
    ss s z ʃ
    ssi ʃ
    st s
    su ʃ ʒ
    tch ʧ
    th θ ð t
    thm ðəm ðᵊm
    ti ʃ ʧ
    tt t ɾ T
    tu ʧu ʧə ʧʊ ʧ
    tw t
    wh w h
    wr ɹ
    xc ks
    xi kʃ
    zh ʒ
    zz z ts
    ae i A ɛ
    ai A ɛ ə æ I e
    aigh A
    air ɛɹ ɛ eə
    al ɔ ɑ æ
    ar ɑɹ ɑ əɹ ə ɔɹ ɔ ɚ
    are ɛɹ ɛ eə ɑɹ ɑ
    au ɔ ɒ W æ ɑ A o
    augh ɔ æf ɑf ɔf
    aw ɔ
    ay A I i ɛ
    aye I
    ea i ɛ A ə iə ɪə æ ɑ
    ear ɪɹ iɹ ɜɹ ɛɹ ɪə ɜ ɛ ɑɹ ɑ
    eau O Q ju o
    ee i ɪ
    eer ɪɹ iɹ ɪə
    ei A e i I ɛ ə ɪ
    eigh A I
    eo i ə ɛ
    er əɹ ə ɜɹ ɜ ɚ ɛɹ
    ere ɪɹ ɪə ɛɹ ɛ əɹ ə ɜɹ ɜ iɹ
    err ɜɹ ɜ ɛɹ
    eu ju u jʊ ʊ
    ew u ju O Q
    ewe ju
    ey i A ɪ I ɛ
    eye I
    ia ə iə jə Iə
    ie i I ɛ ɪ ə
    ier ɪɹ ɪə iəɹ iə
    igh I
    io ə Iə iO iə jə
    iou ə iə
    ir ɜɹ ɜ ɪɹ Iəɹ Iə ɪə
    ire Iəɹ Iə
    is I
    oa O Q ɔ
    oar ɔɹ ɔ
    oe O Q u ʌ
    oeu u
    oh O Q
    oi Y wɑ wI
    oir wɑɹ Iəɹ wIəɹ wIə
    olo ɜɹ ɜ
    oo u ʊ ʌ ɔ
    oor ɔɹ ɔ ʊɹ ʊə
    or ɔɹ ɔ ɜɹ ɜ əɹ ə ɚ
    ore ɔɹ ɔ
    ou W o u ʌ ʊ ɔ O Q ɒ ə ɜ ju
    ough O Q W ʌf ɔf ɒf ɑf u ɔ ə ɑ
    our ɔɹ ɔ Wəɹ Wə əɹ ə ɜɹ ɜ ʊɹ
    ow O Q W ɑ ɒ
    owe O Q Wə W
    oy Y
    re əɹ ə ɚ
    ua wɑ wɔ wA
    ue u ju ɛ A
    ueue ju
    ui u ɪ I wi wɪ ju
    ur ɜɹ ɜ əɹ ə ʊɹ ɚ
    ure əɹ ə ʊɹ jʊɹ jəɹ jʊə jɔ ʊə ɔ
    urr ɜɹ ɜ
    uy I
    ye I
    yr ɪɹ ɜɹ ɜ Iɹ
    """
)
"""What several letters say together. Letters that are silent beside others are here: "kn", "igh", "mb"."""

NAMES = _table(
    """
    a A
    b bi
    c si
    d di
    e i
    f ɛf
    g ʤi
    h Aʧ
    i I
    j ʤA
    k kA
    l ɛl
    m ɛm
    n ɛn
    o O Q
    p pi
    q kju
    r ɑɹ ɑ
    s ɛs
    t ti Ti
    u ju
    v vi
    w dʌbᵊlju dʌbəlju
    x ɛks
    y wI
    z zi zɛd
    """
)
"""Of the letters, for what is spelled out: "FBI"."""

ALIKE = {
    spelling: sounds
    for spelling, sounds in zip(
        "bcdfghjklmnpqrstvwxz",
        "bpvβ kɡsʧʃθçʦʨ dtðʤɾʣʥ fvpɸ ɡkŋxʤʒɣj hxçɦɣ ʤʒjxhç kɡxq lʎɫɭrɹʟ mnŋɱ nmŋɲɳɴ pbfɸ kɡq ɹrɾɻʁʀɽlh szʃʒʂʦɕ "
        "tdθðʃʧɾsʨʦ vfwbβʋ wvʍʋɥ ksxʃɕ zsʒʃθʦʣʐ".split(),
        strict=True,
    )
}
"""Consonants of any language that a letter may stand for, the likelier for being near in the mouth."""

VOWEL_LETTERS = frozenset("aeiouy")
