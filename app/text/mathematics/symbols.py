"""How the signs and commands of mathematics are said in English."""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal[
    "letter", "number", "word", "function", "big", "limit", "binary", "relation", "prefix", "postfix", "mark", "open",
    "close", "bar", "skip",
]  # fmt: skip
"""What a sign does among its neighbours.

``function`` takes an argument ("of"), ``big`` bounds and a body (a sum), ``limit`` a condition below it and a body.
``bar`` is a vertical bar: it opens, closes or stands alone. ``mark`` is punctuation, ``skip`` is layout alone.
"""


class Symbol(NamedTuple):
    """A sign and its words."""

    role: Role
    spoken: str


def _rows(table: str) -> dict[str, str]:
    """Lines of "names: words", with the names parted by spaces."""
    pairs = (line.strip().split(": ", 1) for line in table.strip().splitlines())
    return {name: words for names, words in pairs for name in names.split()}


GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
).split()

_LETTERS = {
    **{name: name for name in GREEK},
    **{name.capitalize(): name.capitalize() for name in GREEK},
    **{f"var{name}": name for name in GREEK},
    **_rows(
        """
        ell: l
        hbar hslash: h bar
        imath: i
        jmath: j
        wp: p
        aleph: aleph
        infty: infinity
        R reals: the real numbers
        N: the natural numbers
        Z: the integers
        Q: the rational numbers
        C: the complex numbers
        emptyset varnothing: the empty set
        partial: partial
        nabla: nabla
        top: top
        bot: bottom
        angle measuredangle: angle
        triangle: triangle
        square: square
        Box: necessarily
        Diamond: possibly
        dots ldots cdots dotsc dotsb dotsm dotsi dotso vdots ddots: dot dot dot
        """
    ),
}

_FUNCTIONS = _rows(
    """
    Re: the real part
    Im: the imaginary part
    sin: sine
    cos: cosine
    tan tg: tangent
    cot ctg: cotangent
    sec: secant
    csc cosec: cosecant
    arcsin asin: arc sine
    arccos acos: arc cosine
    arctan atan arctg: arc tangent
    sinh: hyperbolic sine
    cosh: hyperbolic cosine
    tanh: hyperbolic tangent
    coth: hyperbolic cotangent
    ln: natural log
    log lg: log
    exp: the exponential
    det: the determinant
    dim: the dimension
    ker: the kernel
    deg: the degree
    gcd: the greatest common divisor
    lcm: the least common multiple
    arg: the argument
    hom Hom: hom
    Pr: the probability
    Var var: the variance
    Cov cov: the covariance
    tr Tr: the trace
    rank: the rank
    diag: diag
    sgn sign: the sign
    erf: the error function
    grad: the gradient
    curl: the curl
    softmax: softmax
    span: the span
    """
)

_LIMITS = _rows(
    """
    lim: the limit
    limsup varlimsup: the limit superior
    liminf varliminf: the limit inferior
    max: the maximum
    min: the minimum
    sup: the supremum
    inf: the infimum
    argmax: the arg max
    argmin: the arg min
    """
)

_BIG = _rows(
    """
    sum: the sum
    prod: the product
    coprod: the coproduct
    int intop smallint: the integral
    iint: the double integral
    iiint: the triple integral
    oint: the contour integral
    oiint: the surface integral
    bigcup: the union
    bigcap: the intersection
    bigsqcup biguplus: the disjoint union
    bigoplus: the direct sum
    bigotimes: the tensor product
    bigvee: the disjunction
    bigwedge: the conjunction
    """
)

_BINARY = _rows(
    """
    pm: plus or minus
    mp: minus or plus
    times: times
    ast: times
    cdot: dot
    div: divided by
    star: star
    circ: composed with
    bullet: dot
    oplus: direct sum
    ominus: circled minus
    otimes: tensor
    odot: circled dot
    cup: union
    cap: intersection
    sqcup uplus: disjoint union
    setminus smallsetminus backslash: minus
    wedge land: and
    vee lor: or
    bmod mod pmod pod: modulo
    """
)

_RELATIONS = _rows(
    """
    le leq leqslant: less than or equal to
    ge geq geqslant: greater than or equal to
    lt: less than
    gt: greater than
    ll: much less than
    gg: much greater than
    ne neq: not equal to
    approx thickapprox: approximately equal to
    equiv: equivalent to
    cong: congruent to
    sim: similar to
    simeq: asymptotically equal to
    asymp: asymptotic to
    propto varpropto: proportional to
    doteq: close to
    prec: before
    succ: after
    in: in
    notin: not in
    ni owns: contains
    subset: a subset of
    subseteq subseteqq: a subset of or equal to
    subsetneq: a proper subset of
    nsubseteq: not a subset of
    supset: a superset of
    supseteq supseteqq: a superset of or equal to
    parallel: parallel to
    perp: perpendicular to
    mid: divides
    nmid: does not divide
    coloneqq: is defined as
    triangleq: is defined as
    models: models
    vdash: proves
    to rightarrow longrightarrow: to
    mapsto longmapsto: maps to
    hookrightarrow: embeds in
    twoheadrightarrow: maps onto
    gets leftarrow longleftarrow: gets
    leftrightarrow: corresponds to
    rightleftharpoons: is in equilibrium with
    implies Rightarrow Longrightarrow: implies
    impliedby Leftarrow Longleftarrow: is implied by
    iff Leftrightarrow Longleftrightarrow: if and only if
    therefore: therefore
    because: because
    uparrow: up
    downarrow: down
    xrightarrow: to
    xleftarrow: gets
    """
)

COPULA = frozenset(
    _RELATIONS[name]
    for name in (
        "le ge lt gt ll gg ne approx equiv cong sim simeq asymp propto doteq prec succ subset subseteq subsetneq "
        "nsubseteq supset supseteq parallel perp"
    ).split()
)
"""Relations that a statement says with "is": "x is less than 5", but "for all x less than 5"."""

_PREFIXES = _rows(
    """
    forall: for all
    exists: there exists
    nexists: there does not exist
    neg lnot: not
    """
)

_POSTFIXES = _rows(
    """
    %: percent
    degree: degrees
    textdegree: degrees
    prime: prime
    dagger: dagger
    """
)

ACCENTS = _rows(
    """
    hat widehat: hat
    bar overline: bar
    vec overrightarrow: vector
    tilde widetilde: tilde
    dot: dot
    ddot: double dot
    dddot: triple dot
    check: check
    breve: breve
    acute: acute
    grave: grave
    mathring: ring
    underline underbar: underlined
    """
)
"""What is said after a letter that carries the accent."""

NUMBER_SETS = {
    "R": "the real numbers",
    "N": "the natural numbers",
    "Z": "the integers",
    "Q": "the rational numbers",
    "C": "the complex numbers",
}
"""Blackboard bold letters."""

TEXT_COMMANDS = frozenset("text textrm textbf textit textsf texttt textup textnormal mbox hbox emph intertext".split())
"""Commands whose argument is prose."""

NAMES = frozenset("operatorname operatorname* mathrm mathsf mathtt mathbf mathit".split())
"""Commands whose argument of several letters is one name."""

DROPPED_WITH_ARGUMENT = frozenset(
    "label tag tag* hspace vspace phantom hphantom vphantom eqref ref cite color textcolor nonumber* mspace hskip "
    "kern".split()
)
"""Commands that say nothing, and whose argument says nothing either."""

LAYOUT = frozenset(
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr limits nolimits quad qquad "
    "nonumber notag hline centering displaylimits mathstrut strut allowbreak nobreak null relax noindent par "
    "rm bf it cal bold thinspace medspace thickspace enspace negthinspace displaystyle textstyle scriptstyle "
    "scriptscriptstyle mathbf boldsymbol bm mathit mathnormal mathcal mathscr mathfrak mathsf mathtt mathbb Bbb pmb "
    "mathrm mathop mathbin mathrel mathord mathopen mathclose mathpunct mathinner ensuremath overbrace underbrace "
    "boxed fbox cancel bcancel xcancel smash substack num operatorname operatorname* sideset rlap llap "
    "mathrlap mathllap mathclap".split()
)
"""Commands that change how something looks and not what it says; what their argument says is read."""

_FENCES: dict[str, Symbol] = {
    **{name: Symbol("open", spoken) for name, spoken in _rows(
        """
        lbrace: {
        lbrack: [
        lparen: (
        langle: ⟨
        lfloor: ⌊
        lceil: ⌈
        lvert: |
        lVert: ‖
        """
    ).items()},
    **{name: Symbol("close", spoken) for name, spoken in _rows(
        """
        rbrace: }
        rbrack: ]
        rparen: )
        rangle: ⟩
        rfloor: ⌋
        rceil: ⌉
        rvert: |
        rVert: ‖
        """
    ).items()},
    "vert": Symbol("bar", "|"),
    "Vert": Symbol("bar", "‖"),
}  # fmt: skip

COMMANDS: dict[str, Symbol] = {
    **{name: Symbol("letter", spoken) for name, spoken in _LETTERS.items()},
    **{name: Symbol("function", spoken) for name, spoken in _FUNCTIONS.items()},
    **{name: Symbol("limit", spoken) for name, spoken in _LIMITS.items()},
    **{name: Symbol("big", spoken) for name, spoken in _BIG.items()},
    **{name: Symbol("binary", spoken) for name, spoken in _BINARY.items()},
    **{name: Symbol("relation", spoken) for name, spoken in _RELATIONS.items()},
    **{name: Symbol("prefix", spoken) for name, spoken in _PREFIXES.items()},
    **{name: Symbol("postfix", spoken) for name, spoken in _POSTFIXES.items()},
    **{name: Symbol("skip", "") for name in LAYOUT},
    **_FENCES,
    "colon": Symbol("mark", ":"),
}
"""Commands without arguments, by their name without the backslash."""

FUNCTION_NAMES = frozenset((*_FUNCTIONS, *_LIMITS))
"""Names that are functions without a backslash as well."""
