"""The SQL door: one reading statement over the relations, nothing else; portable questions."""

from __future__ import annotations

import pytest

import gern
from gern.core.engines.sql import allowed, not_portable
from gern.core.errors import BadInput
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.people import SORTS


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM read_csv_auto('x')",
        "SELECT * FROM glob('/*')",
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT current_setting('memory_limit')",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM tail_1",
        "SELECT * FROM rows; DROP TABLE rows",
        "DROP TABLE rows",
        "DELETE FROM rows",
        "INSERT INTO rows SELECT * FROM rows",
        "UPDATE rows SET person = 'x'",
        "CREATE TABLE x AS SELECT 1",
        "COPY (SELECT 1) TO '/tmp/x'",
        "ATTACH '/tmp/x' AS y",
        "PRAGMA database_list",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL pragma_version()",
        "EXPORT DATABASE '/tmp/x'",
        "SELECT * FROM rows, range(10000000000)",
        "SELECT unnest(range(10000000000))",
        "WITH x AS (SELECT * FROM read_csv('y')) SELECT * FROM x",
        "WITH rows AS (SELECT 1) SELECT * FROM rows",
        "SELECT * FROM (SELECT * FROM nothing)",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT list_transform([1], x -> getenv('HOME'))",
        "SELECT COLUMNS(*) FROM rows",
        "SELECT * FROM tail_1, (WITH tail_1 AS (SELECT 1 AS a) SELECT a FROM tail_1) AS x",
        "SELECT * FROM duckdb_tables, (WITH duckdb_tables AS (SELECT 1 AS a) SELECT 1) AS x",
        "SELECT * FROM rows WHERE person IN (SELECT table_name FROM duckdb_tables)",
        "SELECT " + "(" * 2000 + "1" + ")" * 2000,
        "",
        "SELECT FROM WHERE",
        "not sql at all",
    ],
)
def test_what_is_no_question_to_the_log_is_refused(shop: gern.Shop, sql: str) -> None:
    with pytest.raises(BadInput) as error:
        shop.query(sql)
    assert len(str(error.value)) > 20


@pytest.mark.parametrize(
    ("sql", "relations"),
    [
        ("SELECT count(*) FROM rows", {"rows"}),
        ("select * from lines, orders where lines.order_id = orders.order_id", {"lines", "orders"}),
        (
            "WITH x AS (SELECT person FROM events) SELECT * FROM x JOIN x AS y USING (person)",
            {"events"},
        ),
        ("SELECT 1 UNION ALL SELECT count(*) FROM foreign_lines", {"foreign_lines"}),
        ("SELECT 'DROP TABLE rows; --' AS said", set()),
        (
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select * from n",
            set(),
        ),
        ("/* why */ with x as (select * from Rows) -- so\nselect * from x", {"rows"}),
        (
            "SELECT person FROM orders o WHERE EXISTS (SELECT 1 FROM lines l WHERE l.person = o.person)",
            {"orders", "lines"},
        ),
        ('SELECT count(*) AS "Größe" FROM rows', {"rows"}),
    ],
)
def test_what_is_one_is_answered(shop: gern.Shop, sql: str, relations: set[str]) -> None:
    assert allowed(sql).relations == relations
    shop.query(sql)


def test_values_are_bound_not_pasted(shop: gern.Shop, send) -> None:
    send(id="1", customer="x' OR '1'='1")
    rows = shop.query("SELECT count(*) AS n FROM rows WHERE customer = $c", {"c": "x' OR '1'='1"})
    assert rows == [{"n": 1}]
    assert shop.query("SELECT $c AS c", {"c": "'; DROP TABLE rows"}) == [
        {"c": "'; DROP TABLE rows"}
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM rows AS a\u200bCROSS\u200bJOIN\u200bduckdb_tables\u200bAS\u200bb",
        "SELECT * FROM rows AS a\u200bCROSS\u200bJOIN\u200brange(3)",
        "SELECT 1::foo",
        "SELECT $nothing",
    ],
)
def test_what_the_check_and_the_engine_could_read_differently(shop: gern.Shop, sql: str) -> None:
    try:
        found = shop.query(sql)
    except BadInput:
        return
    assert found == []  # the empty log under a strange name, and nothing else


def test_answers_belong_to_whoever_asked(shop: gern.Shop, send) -> None:
    send(id="1", customer="a")
    rows = shop.query("SELECT customer FROM rows")
    rows[0]["customer"] = "changed"
    rows.clear()
    assert shop.query("SELECT customer FROM rows") == [{"customer": "a"}]


def test_an_answer_that_is_too_long_is_refused(online_retail) -> None:
    with pytest.raises(BadInput, match="more than 200,000 rows"):
        online_retail.query("SELECT * FROM lines")


def test_wrong_columns_and_long_queries_are_told(shop: gern.Shop, online_retail) -> None:
    with pytest.raises(BadInput, match="nonsense"):
        shop.query("SELECT nonsense FROM rows")
    with pytest.raises(BadInput, match=r"longer than 0\.3 seconds"):
        online_retail.query("SELECT count(*) FROM lines a, lines b, lines c", seconds=0.3)


def test_every_figure_asks_portably(online_retail, monkeypatch) -> None:
    """What the figures ask is in the allowed subset and can be said to ClickHouse."""
    asked: set[str] = set()
    real = type(online_retail.door).ask

    def listen(door, question):
        asked.add(question.sql)
        return real(door, question)

    monkeypatch.setattr(type(online_retail.door), "ask", listen)
    for n, figure in enumerate(FIGURES.values()):
        trait = ["trait:plan"] if n % 6 == 0 else []  # it is put around the query, whatever it is
        for by in (None, *trait, *figure.dimensions[:1]):
            online_retail.figure(figure.id, "2011-05-23", "2011-06-01", by=by)
        online_retail.people(figure.id, "2011-05-23", "2011-06-01", search="1", limit=5)
    for sort in SORTS:
        online_retail.people("revenue", "2011-05-23", "2011-06-01", sort=sort, limit=5)
    day = online_retail.span()[1]
    online_retail.leaving(day)
    online_retail.people_leaving(day, limit=5)
    online_retail.orders_of("17850")
    online_retail.lines_of("17850", "shop", "536365")
    from gern.core.figures.window import computed_window

    computed_window(online_retail.door, online_retail.zone)
    assert len(asked) > 40
    for sql in asked:
        allowed(sql)
        assert not_portable(sql) == [], sql


def test_what_only_one_engine_knows_is_found() -> None:
    assert not_portable("SELECT * EXCLUDE (person) FROM rows")
    assert not_portable("SELECT list_transform([1], x -> x + 1)")
    assert not_portable("SELECT count(*) FROM rows") == []
