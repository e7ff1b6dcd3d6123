from __future__ import annotations

import pytest

from app.text.math import speakable_math


def said(latex: str) -> str:
    """How a formula is said that is surely one."""
    return speakable_math(rf"\({latex}\)")


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"\frac{a}{b}", "eh over b"),
        (r"\frac12", "one half"),
        (r"\frac{3}{4}", "three quarters"),
        (r"\frac{7}{12}", "7 over 12"),
        (r"\dfrac{\pi}{4}", "pi over 4"),
        (r"1\frac12", "1 and one half"),
        (r"\frac{1}{2} m v^2", "one half m v squared"),
        (r"\frac{a}{b} c", "eh over b times c"),
        (r"\frac{2\pi r}{3} h", "2 pi r over 3 times h"),
        (r"\frac{a+b}{c}", "the fraction eh plus b, over c"),
        (r"\frac{x^2-1}{x-1} = 2", "the fraction x squared minus 1, over x minus 1, end fraction, equals 2"),
        (r"\frac{1}{2a}b", "the fraction 1, over 2 eh, end fraction, times b"),
        (r"\frac{1}{1+\frac{1}{x}}", "the fraction 1, over 1 plus 1 over x"),
        (r"\frac{\frac{a+1}{b}}{c}", "the fraction the fraction eh plus 1, over b, end fraction, over c"),
        (r"a/b", "eh over b"),
        (r"6/2 = 3", "6 divided by 2 equals 3"),
        (r"\frac{1}{2} + \frac{1}{3}", "one half plus one third"),
        (r"{a \over b}", "eh over b"),
        (r"\text{speed} = \frac{\text{distance}}{\text{time}}", "speed equals distance over time"),
    ],
)
def test_a_fraction_says_where_it_ends_only_where_that_is_in_doubt(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"x^2", "x squared"),
        (r"x^3", "x cubed"),
        (r"x^n", "x to the power of n"),
        (r"10^{23}", "10 to the power of 23"),
        (r"10^{-3}", "10 to the power of minus 3"),
        (r"x^{1/2}", "x to the power of one half"),
        (r"2^{2^n}", "2 to the power of 2 to the power of n"),
        (r"x^{n+1} y", "x to the power of n plus 1, end power, times y"),
        (r"e^{i\pi}+1=0", "e to the power of i pi, plus 1 equals 0"),
        (r"e^{-\frac{x^2}{2}}", "e to the power of minus x squared over 2"),
        (r"A^{-1}", "eh inverse"),
        (r"f^{-1}(x)", "f inverse of x"),
        (r"A^T", "eh transpose"),
        (r"x^*", "x star"),
        (r"x^\dagger", "x dagger"),
        (r"(a+b)^2", "the quantity eh plus b, squared"),
        (r"|x|^2", "the absolute value of x, squared"),
        (r"(-1)^n", "the quantity minus 1, to the power of n"),
        (r"x^{2}^{3}", "x squared to the power of 3"),
        (r"90^\circ", "90 degrees"),
        (r"e^x e^y", "e to the power of x times e to the power of y"),
        (r"{}^{14}C", "fourteen c"),
        (r"n^{\text{th}}", "nth"),
        (r"\sqrt{2}", "the square root of 2"),
        (r"\sqrt[3]{x+1}", "the cube root of x plus 1"),
        (r"\sqrt[4]{x} + 1", "the fourth root of x plus 1"),
        (r"\sqrt[n]{x}", "the nth root of x"),
        (r"\sqrt[n+1]{x}", "the root of order n plus 1, of x"),
        (r"\sqrt{x^2+y^2} + 1", "the square root of x squared plus y squared, end root, plus 1"),
        (r"\sqrt{\frac{a}{b}}", "the square root of eh over b"),
    ],
)
def test_powers_and_roots_of_any_order(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"x_i", "x sub i"),
        (r"x_{ij}", "x sub i j"),
        (r"x_i^2", "x sub i squared"),
        (r"x^2_i", "x sub i squared"),
        (r"x_{n-1}^2 + 1", "x sub n minus 1, end sub, squared plus 1"),
        (r"v_{\text{max}}", "v sub max"),
        (r"v_{max}", "v sub maximum"),
        (r"T_{1/2}", "t sub one half"),
        (r"a_{1}, a_{2}, \ldots, a_{n}", "eh sub 1, eh sub 2, dot dot dot, eh sub n"),
        (r"\hat x", "x hat"),
        (r"\bar{x}", "x bar"),
        (r"\vec v", "v vector"),
        (r"\tilde{x}", "x tilde"),
        (r"\ddot{x} + \omega^2 x", "x double dot plus omega squared x"),
        (r"\overline{AB}", "eh b bar"),
        (r"\mathbf{v} + \mathcal{F} + \mathrm{d}x", "v plus f plus d x"),
        (r"\alpha\beta\gamma", "alpha beta gamma"),
        (r"\Gamma + \varepsilon", "gamma plus epsilon"),
        (r"\gamma < \Gamma", "gamma is less than capital gamma"),
        (r"X \subset x", "capital x is a subset of x"),
        (r"i\hbar", "i h bar"),
        (r"\Delta x", "delta x"),
    ],
)
def test_letters_with_indices_and_accents(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"f(x)", "f of x"),
        (r"f(x,y) = 0", "f of x, y, equals 0"),
        (r"f(x+h) - f(x)", "f of the quantity x plus h, minus f of x"),
        (r"f'(x)", "f prime of x"),
        (r"f''(x)", "f double prime of x"),
        (r"y^{(n)}", "y superscript n"),
        (r"a(b+c)", "eh times the quantity b plus c"),
        (r"x(t)", "x of t"),
        (r"2(x+1) = 4", "2 times the quantity x plus 1, equals 4"),
        (r"(a+b)(a-b)", "the quantity eh plus b, times the quantity eh minus b"),
        (
            r"((a+b)c+d)e",
            "the quantity open parenthesis eh plus b end parenthesis times c plus d, times e",
        ),
        (r"\sin^2 x + \cos^2 x = 1", "sine squared of x plus cosine squared of x equals 1"),
        (r"\sin(x+y)", "sine of the quantity x plus y"),
        (r"\sin^{-1} x", "inverse sine of x"),
        (r"\arcsin x", "arc sine of x"),
        (r"\tanh x", "hyperbolic tangent of x"),
        (r"\log_2 n", "log base 2 of n"),
        (r"\ln(x+1)", "natural log of the quantity x plus 1"),
        (r"\exp(x)", "the exponential of x"),
        (r"sin(x)", "sine of x"),
        (r"\log_{b}(xy)", "log base b of x y"),
        (r"\mathop{\mathrm{argmin}}_x f(x)", "the arg min over x of f of x"),
        (r"\Re(z)", "the real part of z"),
        (r"\max(a, b)", "the maximum of eh, b"),
        (r"\max_{x \in S} f(x)", "the maximum over x in s of f of x"),
        (r"\det A = 0", "the determinant of eh equals 0"),
        (r"\operatorname{rank}(A)", "the rank of eh"),
        (r"\operatorname{sinc}(x)", "sinc of x"),
        (r"n!", "n factorial"),
        (r"n! = n(n-1)!", "n factorial equals n times the quantity n minus 1, factorial"),
        (r"\binom{n}{k}", "n choose k"),
        (r"\binom{n+1}{k}", "the quantity n plus 1, choose k"),
        (r"{n \choose k}", "n choose k"),
        (r"P(A|B)", "p of eh given b"),
        (r"P(X \le 5 \mid Y) = 1", "p of x less than or equal to 5 given y, equals 1"),
        (r"\pi_\theta(a \mid s)", "pi sub theta of eh given s"),
        (r"r(\cdot)", "r of dot"),
        (r"\mathbb{E}[X^2]", "e of x squared"),
        (r"T(n) = O(n \log n)", "t of n equals o of n log of n"),
    ],
)
def test_functions_are_told_from_factors(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"\sum_{i=1}^n i^2", "the sum from i equals 1 to n of i squared"),
        (r"\sum^n_{i=1} i", "the sum from i equals 1 to n of i"),
        (r"\sum_i x_i", "the sum over i of x sub i"),
        (r"\sum\limits_{i<j} a_{ij}", "the sum over i less than j of eh sub i j"),
        (r"\prod_{k=1}^\infty k", "the product from k equals 1 to infinity of k"),
        (r"\int f(x) dx", "the integral of f of x, d x"),
        (
            r"\int_0^\infty e^{-x^2}\,dx",
            "the integral from 0 to infinity of e to the power of minus x squared, d x",
        ),
        (r"\iint_D f\,dA", "the double integral over d of f, d eh"),
        (r"\oint_C \vec F \cdot d\vec r", "the contour integral over c of f vector dot d r vector"),
        (r"\lim_{x\to 0} \frac{\sin x}{x}", "the limit as x approaches 0 of the fraction sine of x, over x"),
        (r"\bigcup_{i=1}^n A_i", "the union from i equals 1 to n of eh sub i"),
        (r"\frac{dy}{dx}", "the derivative of y with respect to x"),
        (r"dy/dx", "the derivative of y with respect to x"),
        (r"\frac{d}{dx} f(x)", "the derivative with respect to x of f of x"),
        (r"\frac{d^2y}{dx^2}", "the second derivative of y with respect to x"),
        (r"\frac{\partial f}{\partial x}", "the partial derivative of f with respect to x"),
        (
            r"\frac{\partial^2 f}{\partial x \partial y}",
            "the second partial derivative of f with respect to x and y",
        ),
        (r"\dv{y}{x}", "the derivative of y with respect to x"),
        (
            r"\sum_{\substack{i<n \\ j<m}} a_{ij}",
            "the sum over i less than n; j less than m of eh sub i j",
        ),
        (r"\nabla \times E", "nabla cross e"),
        (r"\nabla \cdot E", "nabla dot e"),
        (r"\left. f \right|_{x=0}", "f, evaluated at x equals 0"),
        (r"\left. f \right|_0^1", "f, evaluated from 0 to 1"),
    ],
)
def test_sums_integrals_limits_and_derivatives_name_their_bounds(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"x \neq y", "x is not equal to y"),
        (r"a \leq b", "eh is less than or equal to b"),
        (r"x \approx 3.14", "x is approximately equal to 3.14"),
        (r"\forall x \in \mathbb{R}", "for all x in the real numbers"),
        (
            r"\forall \epsilon > 0 \; \exists \delta > 0",
            "for all epsilon greater than 0, there exists delta greater than 0",
        ),
        (r"\exists! x", "there exists a unique x"),
        (r"x \in \mathbb{R}^n", "x in r n"),
        (r"\mathbb{R}^{m \times n}", "r m by n"),
        (r"\mathbb{R}^+", "the positive real numbers"),
        (r"x \notin A \cup B", "x not in eh union b"),
        (r"x \not\in A", "x not in eh"),
        (r"A \subseteq B \cap C", "eh is a subset of or equal to b intersection c"),
        (r"\{1,2,3\}", "the set 1, 2, 3"),
        (r"\{x \mid x^2 < 2\}", "the set of all x such that x squared is less than 2"),
        (r"\{x \in \mathbb{N} : x > 5\}", "the set of all x in the natural numbers such that x is greater than 5"),
        (r"\{\}", "the empty set"),
        (r"\{ (x, y) \mid x < y \}", "the set of all pairs x, y such that x is less than y"),
        (r"x \in \R", "x in the real numbers"),
        (r"\abs{x} + \norm{v}", "the absolute value of x plus the norm of v"),
        (r"[0,1]", "the closed interval from 0 to 1"),
        (r"[0,1)", "the half-open interval from 0 to 1"),
        (r"(x, y)", "the pair x, y"),
        (r"(x, y, z)", "the tuple x, y, z"),
        (r"\neg p \lor q", "not p or q"),
        (r"p \implies q", "p implies q"),
        (r"p \iff q", "p if and only if q"),
        (r"x \to \infty", "x approaches infinity"),
        (r"f: X \to Y", "f: x to y"),
        (r"x \mapsto x^2", "x maps to x squared"),
        (r"a \equiv b \pmod{n}", "eh is equivalent to b modulo n"),
        (r"a \mid b", "eh divides b"),
        (r"X \sim N(\mu, \sigma^2)", "x is distributed as n of mu, sigma squared"),
        (r"|x+1| < 5", "the absolute value of x plus 1, end absolute value, is less than 5"),
        (r"|a| + |b|", "the absolute value of eh plus the absolute value of b"),
        (r"\|x\|", "the norm of x"),
        (r"\left\| x - y \right\| = 1", "the norm of x minus y, end norm, equals 1"),
        (r"\lfloor x \rfloor", "the floor of x"),
        (r"\langle u, v \rangle", "the inner product of u and v"),
        (r"3:4", "3 to 4"),
    ],
)
def test_relations_sets_and_logic(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (
            r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
            "the 2 by 2 matrix: row one: eh, b; row two: c, d",
        ),
        (
            r"\begin{bmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \end{bmatrix} x",
            "the 2 by 3 matrix: row one: 1, 0, 0; row two: 0, 1, 0; end matrix, x",
        ),
        (r"\begin{pmatrix} x \\ y \end{pmatrix}", "the column vector x, y"),
        (
            r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}",
            "the determinant of the 2 by 2 matrix: row one: eh, b; row two: c, d",
        ),
        (
            r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
            "f of x equals, case one: x, if x is greater than 0; case two: 0, otherwise",
        ),
        (
            r"\left\{ \begin{array}{ll} 1 & x < 0 \\ 0 & x \ge 0 \end{array} \right.",
            "case one: 1, if x is less than 0; case two: 0, if x is greater than or equal to 0",
        ),
        (
            r"\begin{pmatrix} a_1 & \cdots \\ \vdots & \ddots \\ a_m & \cdots \end{pmatrix}",
            "the 3 by 2 matrix: row one: eh sub 1, dot dot dot; dot dot dot; row three: eh sub m, dot dot dot",
        ),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "eh equals b; c equals d"),
        (r"\text{Let } x = 5", "Let x equals 5"),
        (r"x = 0 \quad \text{if $y > 0$}", "x equals 0 if y is greater than 0"),
        (r"x = -5", "x equals minus 5"),
        (r"x = \pm\sqrt{2}", "x equals plus or minus the square root of 2"),
        (r"a - (-b)", "eh minus minus b"),
        (r"50\%", "50 percent"),
        (r"1{,}000{,}000", "1,000,000"),
        (r"6.02 \times 10^{23}", "6.02 times 10 to the power of 23"),
        (r"1e-5", "1 times 10 to the power of minus 5"),
        (r"2 m", "two m"),
        (r"2\hbar", "two h bar"),
        (r"n = 1984", "n equals 1,984"),
        (r"5 \in S", "five in s"),
        (r"5\,\mathrm{m}", "5 m"),
        (r"9.8\,\mathrm{m/s^2}", "9.8 m/s²"),
        (r"\ce{H2O}", "H two O"),
        (r"\ce{2H2 + O2 -> 2H2O}", "two H two plus O two yields two H two O"),
        (r"\ce{SO4^2-}", "S O four two minus"),
        (r"H_2O", "H two O"),
        (r"\mathrm{CO_2}", "C O two"),
    ],
)
def test_tables_text_numbers_and_chemistry(latex: str, spoken: str) -> None:
    assert said(latex) == spoken


@pytest.mark.parametrize(
    ("latex", "spoken"),
    [
        (r"\frac{a", "the fraction, over eh"),
        (r"\frac{}{}", ""),
        (r"\sqrt", "the square root"),
        ("x^", "x"),
        ("^", ""),
        ("{{{a", "eh"),
        ("a}}}", "eh"),
        (r"\left( a", "open parenthesis eh"),
        (r"a & b \\ c", "eh b; c"),
        (r"\unknown{a}{b}", "unknown eh b"),
        (r"\label{eq:1} a \hspace{1cm} b", "eh b"),
        (r"\begin{matrix} a", "eh"),
        (r"a \end{matrix}", "eh"),
        (r"\hat", "hat"),
        ("x~y $ z", "x y z"),
    ],
)
def test_what_is_malformed_is_read_as_far_as_it_goes(latex: str, spoken: str) -> None:
    assert said(latex) == spoken
