"""How tokens are made."""

from plugin_server.oauth.tokens import TokenMaker

OLD, NEW = bytes(32), bytes(range(32))


def test_first_pairs_are_never_alike() -> None:
    maker = TokenMaker([NEW])
    pairs = [maker.first() for _ in range(50)]
    assert len({pair.access_token for pair in pairs} | {p.refresh_token for p in pairs}) == 100


def test_the_successor_is_the_same_however_often_it_is_derived() -> None:
    assert TokenMaker([NEW]).successors("token") == TokenMaker([NEW]).successors("token")


def test_successors_differ_by_token_kind_and_key() -> None:
    one, two = TokenMaker([NEW, OLD]).successors("token")
    other = TokenMaker([NEW]).successors("other")[0]
    tokens = [t for pair in (one, two, other) for t in (pair.access_token, pair.refresh_token)]
    assert len(set(tokens)) == 6


def test_after_a_key_is_rotated_the_old_successor_is_still_found() -> None:
    stored = TokenMaker([OLD]).successors("token")[0].to_store(scope="s", now=1)
    matches = [pair.matches(stored) for pair in TokenMaker([NEW, OLD]).successors("token")]
    assert matches == [False, True]


def test_a_pair_is_not_shown() -> None:
    pair = TokenMaker([NEW]).first()
    assert pair.access_token not in repr(pair)
