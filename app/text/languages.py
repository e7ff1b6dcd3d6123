"""What segmentation has to know of each language."""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class SentenceRules:
    """Words that tell whether a full stop ends a sentence; all but ``starters`` in lower case."""

    abbreviations: frozenset[str]
    """Without their full stop. For English those that spaCy's tokenizer parts from it."""
    introductions: frozenset[str]
    """Abbreviations, with their full stop, that end no sentence whatever follows."""
    starters: frozenset[str]
    """Words that, written with a capital after an abbreviation, tell that it ended a sentence: "at 5 p.m. Then"."""
    numbered: frozenset[str] = frozenset()
    """Words whose full stop ends no sentence where a number follows: "No. 5"."""


ENGLISH = SentenceRules(
    abbreviations=_words(
        "al approx apt ave blvd capt cf cmdr col cpl ed eds eq est fig figs hon lt maj op pp pt sec sgt sr vol vols"
    ),
    introductions=_words("cf. e.g. i.e. viz. vs. v. mr. mrs. ms. messrs. dr. prof. rev. gen. gov. sen. rep. mt."),
    starters=_words(
        """
        After All Although And Another As At Because Before But Did Do Does Each Even Every For He Her Here His How
        However I If In It Its Let Many Most My No Not Now On One Or Our Perhaps She Since So Some Such Than That The
        Their Then There These They This Those Though To Today Was We Were What When Where Which While Who Why With
        Would Yes Yet You Your
        """
    ),
    numbered=_words("art ch ex fig figs no nos nr p pp par pt sec vol vols"),
)

SENTENCE_RULES = {
    "en-us": ENGLISH,
    "en-gb": ENGLISH,
    "es": SentenceRules(
        abbreviations=_words(
            "aprox art arts av avda c cap caps cf cía dpto ee.uu etc fig figs gral hnos izq kg máx mín núm núms p pág"
            " págs pl pp s.a tel tels ud uds vd vds vol vols a.c d.c a.m p.m"
        ),
        introductions=_words(
            "sr. sra. srta. sres. d. dña. dr. dra. dres. prof. profa. lic. ing. arq. gral. cnel. cap. tte. pdte."
            " excmo. sto. sta. fr. mons. ej. p.ej. núm. pág. págs. art. fig. cf. vs."
        ),
        starters=_words(
            """
            A Además Ahora Al Algunos Antes Aquí Así Aunque Cada Como Con Cuando De Del Desde Después Durante El Él Ella
            Ellas Ellos En Entonces Era Es Esa Ese Eso Esta Este Esto Está Fue Había Hay Hoy La Las Le Les Lo Los Luego
            Me Mi Muchos Muy Nadie No Nos O Para Pero Por Porque Pues Que Se Si Sí Sin Sobre Su Sus También Te Todo
            Todos Tras Tu Un Una Unos Usted Y Ya Yo
            """
        ),
    ),
    "fr-fr": SentenceRules(
        abbreviations=_words(
            "adr apr art av bd boul cap cf ch chap env etc ex fig gr hab hrs janv févr avr juil sept oct nov déc max"
            " min n p.m a.m p pp s s.a tél vol av.j.-c apr.j.-c j.-c"
        ),
        introductions=_words(
            "m. mm. mme. mlle. no. dr. pr. prof. me. mgr. st. ste. gén. lt. sgt. p.ex. ex. cf. n. p. pp. vs."
        ),
        starters=_words(
            """
            À Alors Après Au Aussi Aujourd'hui Avant Avec Beaucoup Ça Car Ce Ceci Cela Celle Celui Ces Cet Cette Chaque
            C'est Comme Dans De Depuis Des Donc Du Elle Elles En Enfin Ensuite Est Et Il Ils J'ai Je L'un La Le Les Leur
            Leurs Lui Mais Même Mon Ne Non Nos Notre Nous On Or Ou Où Oui Par Parce Pendant Pour Pourquoi Puis Quand Que
            Quel Qui Sa Sans Se Selon Ses Si Son Sur Tous Tout Toutes Très Tu Un Une Vous Y
            """
        ),
    ),
    "hi": SentenceRules(
        abbreviations=_words("डॉ प्रो श्री रु सं पृ ई.पू कि.मी"),
        introductions=_words("डॉ. प्रो. श्री. रु. सं. पृ."),
        starters=frozenset(),
    ),
    "it": SentenceRules(
        abbreviations=_words(
            "a.c d.c art artt avv c.a ca cap capp cfr dott ecc es fig figg ing lit max min n nn nr op p pag pagg pp"
            " sec segg sig sigg s.p.a s.r.l tel u.s vol voll v.le p.za"
        ),
        introductions=_words(
            "sig. sigg. sig.ra sig.na dott. dott.ssa dr. prof. prof.ssa ing. avv. arch. geom. rag. on. gen. col. cap."
            " ten. mons. s. cfr. es. p.es. art. fig. n. pag. pagg. vs."
        ),
        starters=_words(
            """
            A Adesso Al Alla Allora Anche Ancora Anzi Appena Come Con Così Cosa Da Dal Dalla Del Della Dopo Dove Durante
            È E Ecco Ed Egli Era Essa Esso Fu Gli Ho I Il In Infatti Infine Io La Le Lei Lo Loro Lui Ma Mentre Mi Molti
            Nel Nella Nessuno No Noi Non O Oggi Ogni Ora Per Perché Però Poi Prima Qual Quando Quanto Quella Quello
            Questa Questo Qui Se Secondo Sì Si Solo Sono Su Tra Tu Tutti Tutto Un Una Uno Voi
            """
        ),
    ),
    "pt-br": SentenceRules(
        abbreviations=_words(
            "a.c d.c aprox art arts av cap caps cel cf cia depto ed etc fig figs ltda máx mín n núm nº p pág págs pp"
            " r s.a sec séc tel trav vol vols"
        ),
        introductions=_words(
            "sr. sra. srta. srs. sras. dr. dra. drs. prof. profa. profª. d. eng. arq. gen. cel. cap. ten. exmo. exma."
            " sto. sta. ex. p.ex. cf. art. fig. n. núm. pág. págs. vs."
        ),
        starters=_words(
            """
            A Agora Ainda Alguns Antes Ao Aos Aquela Aquele Aqui As Assim Até Cada Com Como Da Das De Depois Desde Do
            Dos Durante E É Ela Elas Ele Eles Em Então Enquanto Era Essa Esse Esta Este Eu Foi Há Hoje Isso Isto Já Logo
            Mais Mas Meu Minha Muitos Na Não Nas Ninguém No Nos Nós O Onde Os Ou Para Pela Pelo Pois Por Porque Quando
            Que Quem Se Sem Seu Seus Sim Sobre Sua Suas Também Todo Todos Tudo Um Uma Você Vocês
            """
        ),
    ),
}
"""By language, one of ``app.languages.LANGUAGES``."""
