"""The judge of finished blocks, by parsers that the gate does not use."""

import pytest

from plugin_server.testing import judge


def test_a_sound_block_passes() -> None:
    assert judge('<div dir="ltr"><p style="color:#333333">Bread &amp; tides</p></div>') == []


@pytest.mark.parametrize(
    "bad",
    [
        "<script>x</script>",
        "<p onclick=x></p>",
        "<p id=x></p>",
        "<a href='java\tscript:x'>a</a>",
        "<td background='//x.example'></td>",
        "<p style='color:u\\72l(x)'></p>",
        "<p style='position:fixed'></p>",
        "<style>@import 'x'</style>",
        "<style>@media print{@font-face{}}</style>",
        "<p title='url (x)'></p>",
        "<p title='&#123;{'></p>",
        "<p><b>{</b>{ x</p>",
        "<p>{&#123;</p>",
        "<!-- x -->",
        "<svg></svg>",
        "<p>\u2028</p>",
        "<div>a</div>b",
        "<div></td></div>",
        "<div></div></div>",
        "<p><table></table></p>",
        "<div>",
    ],
)
def test_the_judge_sees_what_it_is_for(bad: str) -> None:
    assert judge(bad) != []
