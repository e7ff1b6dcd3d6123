from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.edits import Edit, rewrite, unchanged
from app.text.math import math_edits, speakable_math


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("where $x$ is known", "where x is known"),
        ("We have $$a^2$$ and \\(b\\) and \\[c\\].", "We have eh squared, and b and c."),
        ("We get\n$$x = 5$$\nThen y follows.", "We get\nx equals 5.\nThen y follows."),
        ("\\begin{equation}E = mc^2\\end{equation}", "e equals m c squared"),
        ("\\begin{align*}x &= 1\\\\ y &= 2\\end{align*}", "x equals 1; y equals 2"),
        ("so $x = 5$, then $y$", "so x equals 5, then y"),
        ("if $x > 0$ then", "if x is greater than 0 then"),
        ("for all $x > 0$ then", "for all x greater than 0 then"),
        ("the $n$th and the $k$-th term", "the nth and the kayth term"),
        ("the $3$rd term", "the third term"),
        ("costs $5, or $x$ dollars", "costs $5, or x dollars"),
        ("a\\(b\\)c", "a b c"),
        ("a $2\\times 3$ matrix, an m × n matrix, $2 \\times 3$", "a 2 by 3 matrix, an m by n matrix, 2 times 3"),
        ("$\\approx 5$ or $\\sim 10$", "approximately 5 or about 10"),
        ("the $x$-axis, $f$'s domain and $p$-values", "the x-axis, f's domain and p-values"),
        ("$3 + 4$ and $5$", "3 plus 4 and 5"),
        ("$4ac$, $2 m$ and $x, y$", "4 eh c, two m and x, y"),
        ("$ab$ or $n'$", "eh b or n prime"),
        ("$speed = distance / time$", "speed equals distance over time"),
        ("$\\text{cost} = \\$5$", "cost equals $5"),
        ("\\frac{a}{b} is a fraction", "eh over b is a fraction"),
        ("Use \\alpha and \\beta here.", "Use alpha and beta here."),
        ("so \\sqrt{2} + x_1 \\leq 5 holds", "so the square root of 2 plus x sub 1 is less than or equal to 5 holds"),
        ("if x \\in \\mathbb{R} then", "if x in the real numbers then"),
        ("\\sum_{i=1}^n i is it", "the sum from i equals 1 to n of i is it"),
        ("(see \\frac12)", "(see one half)"),
        ("on $[a,b]$ with $x_n \\to L$", "on the closed interval from eh to b with x sub n approaches l"),
        (
            "It costs $5.00 or $3.50, so for $n$ items $2.5n$ or $10–$20.",
            "It costs $5.00 or $3.50, so for n items two point five n or $10–$20.",
        ),
        (r"so \int_0^1 x dx.", "so the integral from 0 to 1 of x, d x."),
        (r"\int_a^b x dx", "the integral from eh to b of x, d x"),
    ],
)
def test_latex_is_found_with_and_without_delimiters(text: str, spoken: str) -> None:
    assert speakable_math(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("x² + y² = z²", "x squared plus y squared equals z squared"),
        ("3 × 4 is 12", "3 times 4 is 12"),
        ("a ≤ b", "eh is less than or equal to b"),
        ("√2 is irrational", "the square root of 2 is irrational"),
        ("√12 and ∛8", "the square root of 12 and the cube root of 8"),
        ("√(b² - 4ac)", "the square root of b squared minus 4 eh c"),
        ("∫₀^∞ e^{-x} dx", "the integral from 0 to infinity of e to the power of minus x, d x"),
        ("∑_{i=1}^n i²", "the sum from i equals 1 to n of i squared"),
        ("∑ᵢ xᵢ", "the sum over i of x sub i"),
        ("∀x ∈ ℝ, x² ≥ 0", "for all x in the real numbers, x squared is greater than or equal to 0"),
        ("x ∈ [0, 1]", "x in the closed interval from 0 to 1"),
        ("A ⊆ B ∩ C", "eh is a subset of or equal to b intersection c"),
        ("¬p ∧ q", "not p and q"),
        ("∂f/∂x", "the partial derivative of f with respect to x"),
        ("x → ∞", "x approaches infinity"),
        ("f: ℝ → ℝ", "f: the real numbers to the real numbers"),
        ("lim_{x→0} sin(x)/x", "the limit as x approaches 0 of sine of x over x"),
        ("e^(iπ) + 1 = 0", "e to the power of i pi, plus 1 equals 0"),
        ("The area is πr².", "The area is pi r squared."),
        ("x⁻¹ and 2¹⁰", "x to the power of minus 1 and 2 to the power of 10"),
        ("𝑥 ≠ 𝛼", "x is not equal to alpha"),
        ("5 ± 0.2", "5 plus or minus 0.2"),
        ("−5 °C", "minus 5 °C"),
        ("θ = 30°", "theta equals 30 degrees"),
        ("ΔT = 5", "delta t equals 5"),
        ("6.02×10²³", "6.02 times 10 to the power of 23"),
        ("10⁶ people", "10 to the power of 6 people"),
        ("age ≥ 18", "age is greater than or equal to 18"),
        ("2× faster", "2 times faster"),
        ("a 3×3 matrix of 1920×1080", "a 3 by 3 matrix of 1920 by 1080"),
        ("speed = distance and 1 km = 1000 m", "speed equals distance and 1 km equals 1000 m"),
        ("Na⁺ and Cl⁻ and Ca²⁺", "N eh plus and C L minus and C eh two plus"),
        ("x̂ and x̄ = 5", "x hat and x bar equals 5"),
        ("as x → 0⁺", "as x approaches 0 from above"),
        ("∠ABC = 90° and AB ⊥ CD", "angle eh b c equals 90 degrees and eh b is perpendicular to c d"),
        ("E = ½mv²", "e equals one half m v squared"),
        ("aₙ₊₁ = aₙ + d", "eh sub n plus 1, end sub, equals eh sub n plus d"),
        ("n ∈ {1, …, N}", "n in the set 1, dot dot dot, capital n"),
        ("log₂(8) = 3", "log base 2 of 8 equals 3"),
        ("y′ + y = 0", "y prime plus y equals 0"),
        ("±5% or ≈ 5 km", "plus or minus 5 percent or approximately 5 km"),
        ("the α particle, an α-helix, the µ-opioid", "the alpha particle, an alpha-helix, the mu-opioid"),
        ("Water is H₂O and CO₂ a gas.", "Water is H two O and C O two a gas."),
        ("C₆H₁₂O₆, SO₄²⁻ and O₂", "C six H twelve O six, S O four two minus and O two"),
        ("CH₄ + 2O₂ → CO₂ + 2H₂O", "C H four plus two O two yields C O two plus two H two O"),
        ("CaCO₃ ⇌ CaO + CO₂", "C eh C O three is in equilibrium with C eh O plus C O two"),
        ("6.022 × 10²³ mol⁻¹", "6.022 times 10 to the power of 23 mol⁻¹"),
        ("2x₁ + 3x₂", "two x sub 1 plus three x sub 2"),
    ],
)
def test_signs_of_unicode_are_read(text: str, spoken: str) -> None:
    assert speakable_math(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("5 != 4", "5 is not equal to 4"),
        ("x <= 5 and y >= 2", "x is less than or equal to 5 and y is greater than or equal to 2"),
        ("It is x^2 or x^n.", "It is x squared or x to the power of n."),
        ("2^10 = 1024", "2 to the power of 10 equals 1,024"),
        ("Let a_1 be x_i + 1.", "Let eh sub 1 be x sub i plus 1."),
        ("2*3", "2 times 3"),
        ("a * b", "eh times b"),
        ("6/2 = 3", "6 divided by 2 equals 3"),
        ("1/2 + 1/3 = 5/6", "one half plus one third equals five sixths"),
        ("1e-5 or 3.2e8", "1 times 10 to the power of minus 5 or 3.2 times 10 to the power of 8"),
        ("3 + 4 = 7", "3 plus 4 equals 7"),
        ("5 - 3 = 2", "5 minus 3 equals 2"),
        ("i² = -1", "i squared equals minus 1"),
        ("E = mc^2", "e equals m c squared"),
        ("F = ma", "f equals m eh"),
        ("PV = nRT", "p v equals n r t"),
        ("y = mx + b", "y equals m x plus b"),
        ("f(x) = 2x + 1", "f of x equals two x plus 1"),
        ("f'(x) = 2x", "f prime of x equals two x"),
        ("sin(x) + cos(x)", "sine of x plus cosine of x"),
        ("log(n) and sqrt(2)", "log of n and the square root of 2"),
        ("It takes O(n log n) steps.", "It takes o of n log of n steps."),
        ("dy/dx = 3", "the derivative of y with respect to x equals 3"),
        ("5! = 120", "5 factorial equals 120"),
        ("+/- 5 or +/-0.1", "plus or minus 5 or plus or minus 0.1"),
        ("y'' = -y", "y double prime equals minus y"),
        ("ax + by = c", "eh x plus b y equals c"),
        ("v² = u² + 2as", "v squared equals u squared plus 2 eh s"),
        ("5 – 3 = 2", "5 minus 3 equals 2"),
        ("1 + 2 + ... + 10 = 55", "1 plus 2 plus dot dot dot plus 10 equals 55"),
        ("'x = 5' and **y > 2**", "'x equals 5' and **y is greater than 2**"),
        ("about 1.5E3 or 2e-4.", "about 1.5 times 10 cubed or 2 times 10 to the power of minus 4."),
        ("as (n + 1) is (x = 5)", "as (n plus 1) is (x equals 5)"),
        (
            "n!/(k!(n-k)!)",
            "n factorial over the quantity k factorial times open parenthesis n minus k end parenthesis factorial",
        ),
        ("|x| < 5", "the absolute value of x is less than 5"),
        ("(a + b)^2", "the quantity eh plus b, squared"),
        ("2(x + 1) = 4", "2 times the quantity x plus 1, equals 4"),
        ("A = {1, 2, 3}", "eh equals the set 1, 2, 3"),
        ("P(A|B) = 0.5", "p of eh given b equals 0.5"),
        ("10 mod 3 = 1", "10 modulo 3 equals 1"),
        ("p < 0.05", "p is less than 0.05"),
        ("x = a for all b", "x equals eh for all b"),
        ("v = 5 m/s", "v equals 5 m/s"),
        (
            "x = (-b ± √(b² - 4ac)) / (2a)",
            "x equals the quantity minus b plus or minus the square root of b squared minus 4 eh c, end root, "
            "over 2 eh",
        ),
    ],
)
def test_arithmetic_and_algebra_in_ascii_are_read(text: str, spoken: str) -> None:
    assert speakable_math(text) == spoken


@pytest.mark.parametrize(
    "text",
    """
    $5 and $10
    It costs $5, then $7.
    from $1.5M–$2M
    US$5 and A$6
    "$5" or "$6"
    $20-$30
    It is $5 (about 4 euros) or 6$.
    from $5 + 3 to 20$
    $5/month, 6$
    a $5 bill and a $10 bill, or 5$ and 6$
    $HOME and ${PATH}/$USER
    $PATH$
    $$$ money $$$
    and/or, w/o, s/he, N/A, TCP/IP, AC/DC
    open 24/7
    on 5/12/2024 or 2024-01-05
    pages 10-20
    9:30-10:00
    C++ and C# and F#
    i-- or i++
    snake_case, foo_bar = baz_qux
    a - b in prose
    I like it - a lot
    http://x.com/a_1?x=5&y=x^2
    see www.x.com/a=b
    `x=5` in code
    ```x = 5```
    me@x.com, a_1@b.com
    C:\\alpha\\beta\\frac
    /usr/lib/x_1/y^2
    \\n and \\t and \\ alone
    +1 555-123-4567
    (555) 123-4567
    555-1234
    3-4 days
    :-) and ^_^ and o_o and >_< and T_T and O_o
    I <3 you
    <b>bold</b> and <i>it</i>
    the 1/2 cup
    1st, 2nd and 3rd
    May 5, 2020
    Rated 5/5 stars
    A/B testing
    F-16, X-1, vitamin B-12
    word² footnote
    Dr. A. B. Smith
    log in to max speed
    sin and span and min
    5kg + tax
    5 * stars
    *emphasis* and **bold**
    item(s) and a(n) f*** word
    key=value, --flag=5, width=5
    a=1&b=2
    x, y and z
    a) first b) second
    [1] and [2, 3]
    (see 5)
    1,000 people and 10%
    5 m tall, 3 ft wide, 5 Ω, 5 μm
    5 m² and 9.8 m/s² and 10 km² and 5 N·m and 9.8 m·s⁻²
    X2H₂O and 5H2
    50°F
    Q&A
    Nike × Adidas
    Settings → General
    if (x != null) return
    @user #tag
    v1.2.3
    It's 5-3 at half time
    The score was 2 - 1.
    18+, 50 + people, Disney+
    ~5
    Room 3E2
    5*
    it's = that's
    x-ray
    100,000 - 200,000
    Hello! 5!
    the "x" axis
    a|b|c and | a | b |
    {curly}
    We won 3-0, 4-1.
    He bought 2 apples & 3 pears for $4.50 (plus tax).
    My password is aB3$xY9!.
    Use Ctrl+C and Alt+F4.
    I got an A+ in maths and a B- in art.
    A 4-by-6 photo, a 2x4, 16:9, 1080p.
    Player vs. player: 3-2, 6-4, 7-6(5).
    <div class="a"> & </div>
    **bold** _italic_ ~~strike~~
    int main() { return 0; }
    for i in range(10): print(i)
    C:\\Users\\me\\file_1.txt and ~/src/app_v2
    192.168.0.1, 00:1A:2B:3C:4D:5E, ISBN 978-3-16-148410-0
    5'10" tall, €5, £10
    ¯\\_(ツ)_/¯
    He said "a" and "I".
    \\begin{itemize} is LaTeX
    το α και η
    """.strip().splitlines(),
)
def test_prose_is_left_untouched(text: str) -> None:
    assert math_edits(text.strip()) == []


def heard_from(text: str, part: str) -> str:
    """The spoken characters whose source lies within one part of the text."""
    after = rewrite(unchanged(text), math_edits(text))
    start = text.index(part)
    inside = [start <= first and last <= start + len(part) for first, last in after.spans]
    return "".join(character for character, kept in zip(after.text, inside, strict=True) if kept).strip(" ,")


@pytest.mark.parametrize(
    ("text", "part", "heard"),
    [
        (r"so \frac{a}{b} is", "{a", "eh"),
        (r"so \frac{p}{q} is", "p", "p"),
        (r"so \frac{p}{q} is", "q", "q"),
        (r"so \frac{p}{q} is", "}{", "over"),
        (r"$\frac{x+y}{z}$", r"\frac{", "the fraction"),
        (r"$\frac{x+y}{z}$", "x+y", "x plus y"),
        (r"$\sqrt[3]{x}$", r"\sqrt[3]{x", "the cube root of x"),
        (r"$\sum_{i=1}^n i^2$", r"\sum", "the sum"),
        (r"$\sum_{i=1}^n i^2$", "{i=1}", "i equals 1"),
        (r"$\sum_{i=1}^n i^2$", "2", "squared"),
        ("x² + y", "²", "squared"),
        ("x² + y", "+", "plus"),
        ("x⁻¹² = 1", "¹²", "12"),
        ("H₂O", "₂", "two"),
        ("1e-5", "5", "5"),
        ("age ≥ 18", "≥", "is greater than or equal to"),
        (r"$\hat x + y$", "y", "y"),
        (r"$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$", "c", "c"),
    ],
)
def test_every_spoken_bit_points_to_what_it_stands_for(text: str, part: str, heard: str) -> None:
    assert heard_from(text, part) == heard


def check(text: str, edits: list[Edit]) -> None:
    """What holds for any text."""
    position = 0
    for edit in edits:
        assert position <= edit.start < edit.end <= len(text)
        position = edit.end
        starts = [part.start for part in edit.parts]
        ends = [part.end for part in edit.parts]
        assert starts == sorted(starts)
        assert ends == sorted(ends)
        assert all(edit.start <= part.start < part.end <= edit.end for part in edit.parts)
        assert all(part.spoken for part in edit.parts)
    after = rewrite(unchanged(text), edits)
    assert len(after.spans) == len(after.text)
    outside = [
        index for index, span in enumerate(after.spans) if span[1] - span[0] == 1 and _is_outside(span[0], edits)
    ]
    assert "".join(after.text[index] for index in outside) == "".join(
        character for index, character in enumerate(text) if _is_outside(index, edits)
    )


def _is_outside(position: int, edits: list[Edit]) -> bool:
    return not any(edit.start <= position < edit.end for edit in edits)


FRAGMENTS = r"""
\frac \sqrt \sum \int \lim \left( \right) \left. \right| \begin{matrix} \end{matrix} \begin{cases} \end{cases} \\ & { }
{a} {x+1} ^ _ ^2 _i ^{n} _{i=1} ( ) [ ] | \| \{ \} $ $$ \( \) \[ \] x a I y f g n d dx 1 2.5 10 1,000 1e-5 + - * / = < >
<= != ! ' % , . : ; \alpha \pi \infty \in \mathbb{R} \text{if} \text{ \hat \vec \over \choose \not \ce{H2O} \underset
\operatorname{foo} \unknown \label{a} \, ² ₁ ⁻¹ √ ∑ ∫ ∀ ∈ ℝ π ≤ × → ∞ ∂ H₂O sin log the and ` _a 5 m
""".split()


@given(st.text())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_gets_valid_edits(text: str) -> None:
    check(text, math_edits(text))


@given(st.lists(st.sampled_from([*FRAGMENTS, " ", " ", "\n"]), max_size=40))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_anything_made_of_fragments_of_mathematics_gets_valid_edits(fragments: list[str]) -> None:
    text = "".join(fragments)
    check(text, math_edits(text))
    check(f"${text}$", math_edits(f"${text}$"))


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "$",
            "$x",
            "$$",
            "{",
            "}",
            "^",
            "_",
            "x^{",
            r"\frac",
            r"\frac{",
            r"\sqrt[",
            "(",
            "f(x",
            "x+(",
            "|x",
            "[",
            "`",
            "```",
        ),
        *(r"\left(", r"\right)", r"\begin{matrix}", r"\begin{matrix}a&b\\", r"\(", r"\[", r"\hat", r"\not", r"\over"),
        *(
            r"\text{",
            r"a\over ",
            "&",
            r"\\",
            "x²",
            "H₂",
            "∑",
            "√",
            "a=",
            "1,000",
            "1e",
            "a_b_",
            "!",
            "'",
            "x + ",
            "\n\n",
        ),
        *(
            r"\{",
            "{x|",
            "sin(",
            "d/dx",
            "1/2+",
            "a ",
            "\\",
            "\ud800",
            "\u0301",
            "−",
            "http://",
            "((x))",
            "x{}",
            r"\lim_{x\to",
        ),
    ],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (5_000 // len(unit))
    began = time.process_time()
    edits = math_edits(text) + math_edits(rf"\({text}\)")
    # At most 0.3 s; quadratic time would be many times that.
    assert time.process_time() - began < 5
    assert all(part.start < part.end for edit in edits for part in edit.parts)


@pytest.mark.parametrize(
    "text",
    [
        "$" + "a" * 20_000 + "+$",
        "$x\n" + "=" * 20_000 + "$",
        "*\\(" * 5_000 + "\\)",
        "$" + r"\text{" * 3_000 + "}" * 3_000 + "$",
        "$" + r"\frac" * 3_000 + "1" * 5_000 + "$",
        "$" + "1{,}" * 5_000 + "$",
        "(" * 5_000 + "x²" + ")" * 5_000,
        "a" * 20_000 + "²",
        "1," * 5_000 + "²",
        " " * 20_000 + "= 5",
    ],
    ids=lambda text: text[:12],
)
def test_long_runs_take_linear_time(text: str) -> None:
    began = time.process_time()
    math_edits(text)
    # At most 0.3 s; quadratic time would be many times that.
    assert time.process_time() - began < 5


def test_what_is_nested_too_deep_is_read_flat() -> None:
    deep = "$" + r"\frac{x}{" * 200 + "y" + "}" * 200 + "$"
    spoken = speakable_math(deep)
    assert spoken.count("x") == 200
    assert spoken.count("y") == 1
