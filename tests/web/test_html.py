"""The tests' own reader of HTML is as strict as html5lib, the second time too."""

import pytest
from html5lib.html5parser import ParseError

from tests import html

PAGE = """<!doctype html>
<html lang="en">
<head><title>A &amp; B</title></head>
<body class='a'>
<main><p>one<br>two</p><input type="text" value="&lt;%s&#34;">
<textarea name="t">
%s</textarea></main>
</body>
</html>"""


def page(value: str = "x", words: str = "y") -> str:
    return PAGE % (value, words)


def test_a_second_page_of_a_shape_is_read_with_its_own_words():
    html.read(page())
    tree = html.read(page("&amp;1", "2 &gt; 1\r\n3"))
    assert tree.find(".//title").text == "A & B"
    assert tree.find(".//input").attrib == {"type": "text", "value": '<&1"'}
    assert tree.find(".//textarea").text == "2 > 1\n3"
    assert tree.find(".//br").tail == "two"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("two</p>", "two</p></p>"),
        ("two</p>", "</p>two</i>"),
        ("<br>", "<br></br>"),
        ("<p>", '<p class="a" class="b">'),
        ("<p>one", "<p>one & only &c;"),
        ("<p>one", "<p>one < two"),
        ("<p>one", "<p>one\x00"),
        ("<p>one", "<p>one\x0b"),
        ("<p>one", "<p>one\ufffe"),
        ("<p>one", "<p>one\U0002ffff"),
        ("<p>one", "<p>one&#7;"),
        ("<p>", "<p id=a=b>"),
        ('"&lt;', '"&lt'),
        ('type="text"', 'type="text" / value'),
        ("</html>", "</html><p></p>"),
        ("<!doctype html>", ""),
        ("<p>one<br>two</p>", "<table><input><tr><td></td></tr></table>"),
        ("<p>one<br>two</p>", "<p><div></div></p>"),
        ("<p>one<br>two</p>", "<a><a></a></a>"),
        ("<p>one<br>two</p>", "<div/>"),
    ],
)
def test_a_page_that_is_not_well_made_is_refused_each_time(right, wrong):
    html.read(page())
    for _ in range(2):
        with pytest.raises(ParseError):
            html.read(page().replace(right, wrong))


@pytest.mark.parametrize(
    "inner", ["<table><tr><td>1</td></tr></table>", "<ul><li>1<li>2</ul>", "<!-- a -->", "&eacute;"]
)
def test_what_html_lets_out_is_put_in_each_time(inner):
    trees = [html.read(page().replace("one", f"</p>{inner}<p>")) for _ in range(2)]
    assert html._same(*trees)
    assert (trees[1].find(".//tbody") is None) == ("table" not in inner)


def test_words_in_a_table_are_not_taken_for_spaces():
    html.read(page().replace("one<br>", "</p><table> <tbody></tbody></table><p>"))
    for _ in range(2):
        tree = html.read(page().replace("one<br>", "</p><table>a<tbody></tbody></table><p>"))
        assert tree.find(".//table").text is None  # a browser puts them before it
