"""The tables of a store in PostgreSQL, filled and searched: what tables.py and searching.py are for SQLite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from omnimodal.store import spatial
from omnimodal.store.base import Record
from omnimodal.store.likeness import LEAST_LIKE, words
from omnimodal.store.postgres import plain, safe
from omnimodal.store.rows import names_of, record_of, row_of
from omnimodal.store.tables import alias_rows, edge_rows, twice

MOST = 300  # records whose names are compared with what was asked
MOST_WORDS = 32  # of a text that are looked for
LONGEST_WORD = 200  # letters of a word that are looked for, and of a name that is found by its letters
ORDINARY = 5_000  # records of a word from which it is not rare, however many they are
# Text is compared by its bytes, as everywhere else; `words` are those of all names, `shape` is the geometry or point.
TABLES = """
CREATE TABLE meta(key text PRIMARY KEY, value bytea);
CREATE TABLE source(number serial PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, timestamp text NOT NULL,
    licence text NOT NULL);
CREATE TABLE record(number bigint PRIMARY KEY, source integer, modality text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, name text NOT NULL, detectable boolean NOT NULL,
    lon float8, lat float8, aliases text NOT NULL, edges text NOT NULL, data text NOT NULL, shaped boolean NOT NULL,
    shape geometry(Geometry, 4326), words text[] COLLATE "C" NOT NULL);
CREATE UNIQUE INDEX record_id ON record(modality, id);
CREATE INDEX record_kind ON record(kind);
CREATE INDEX record_kinds ON record(modality, kind);
CREATE INDEX record_source ON record(source);
CREATE INDEX record_shape ON record USING gist(shape);
CREATE INDEX record_words ON record USING gin(words);
CREATE TABLE alias(key text COLLATE "C" NOT NULL, record bigint NOT NULL, name text COLLATE "C" NOT NULL,
    weight float8 NOT NULL, sought boolean NOT NULL, modality text COLLATE "C" NOT NULL);
CREATE INDEX alias_key ON alias("left"(key, 200));
CREATE INDEX alias_record ON alias(record);
CREATE INDEX alias_letters ON alias USING gin("left"(key, 200) gin_trgm_ops);
CREATE TABLE edge(modality text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, record bigint NOT NULL);
CREATE INDEX edge_target ON edge(modality, id);
CREATE INDEX edge_record ON edge(record);
"""
FOUND = "SELECT r.number, r.modality, r.id, r.aliases"
COLUMNS = """r.number, coalesce(s.name, ''), r.modality, r.id, r.kind, r.name, r.detectable, r.lon, r.lat, r.aliases,
    r.edges, r.data, CASE WHEN r.shaped THEN ST_AsBinary(r.shape, 'NDR') END"""
FROM = "FROM record r LEFT JOIN source s ON s.number = r.source"
OF_NUMBERS = f"SELECT {COLUMNS} {FROM} WHERE r.number = ANY(%s)"
OF_KEYS = f"""SELECT {COLUMNS} FROM unnest(%s::text[], %s::text[]) k(modality, id)
    JOIN record r ON r.modality = k.modality AND r.id = k.id LEFT JOIN source s ON s.number = r.source"""
NAMED = """WITH hits AS (SELECT record, max(weight) AS weight FROM alias
    WHERE "left"(key, 200) = "left"(%s, 200) AND key = %s GROUP BY record)"""


def insert(db: Any, records: Sequence[Record], since: int | None = None) -> None:
    """As tables.insert."""
    rows = [row_of(record) for record in records]
    shapes = _shapes(records)
    if len({row[:2] for row in rows}) < len(rows):
        raise twice(*Counter(row[:2] for row in rows).most_common(1)[0][0])
    keys = ([safe(row[0]) for row in rows], [safe(row[1]) for row in rows])
    taken = """SELECT r.number, r.modality, r.id FROM unnest(%s::text[], %s::text[]) k(modality, id)
        JOIN record r ON r.modality = k.modality AND r.id = k.id"""
    there = db.execute(taken, keys).fetchall()
    for number, modality, id in there:
        if since is not None and number >= since:
            raise twice(plain(modality), plain(id))
    delete(db, [number for number, *_ in there])
    sources = {name: source(db, name) for name in {record.source for record in records}}
    first = next_number(db)
    numbers = range(first, first + len(rows))
    names = [names_of(record.aliases, record.detectable) for record in records]
    columns = (
        "number, source, modality, id, kind, name, detectable, lon, lat, aliases, edges, data, shaped, shape, words"
    )
    with db.cursor().copy(f"COPY record({columns}) FROM STDIN") as copy:
        for number, r, row, shape, some in zip(numbers, records, rows, shapes, names, strict=True):
            texts, found = map(safe, row[:4]), list(dict.fromkeys(w for key, *_ in some for w in _words(key)))
            copy.write_row((number, sources[r.source], *texts, *row[4:10], row[10] is not None, shape, found))
    with db.cursor().copy("COPY alias(key, record, name, weight, sought, modality) FROM STDIN") as copy:
        for key, number, _, name, weight, sought, modality in alias_rows(numbers, records, names):
            copy.write_row((safe(key), number, safe(name), weight, sought, safe(modality)))
    with db.cursor().copy("COPY edge(modality, id, record) FROM STDIN") as copy:
        for modality, id, number in dict.fromkeys(edge_rows(numbers, records)):
            copy.write_row((safe(modality), safe(id), number))


def delete(db: Any, numbers: list[int]) -> None:
    """Remove records and all that finds them."""
    for table in ("alias", "edge"):
        db.execute(f"DELETE FROM {table} WHERE record = ANY(%s)", (numbers,))
    db.execute("DELETE FROM record WHERE number = ANY(%s)", (numbers,))


def source(db: Any, name: str) -> int | None:
    """The number of a source, which is added where it is new; None for no source."""
    if not name:
        return None
    sql = "INSERT INTO source(name, timestamp, licence) VALUES (%s, '', '') ON CONFLICT DO NOTHING"
    db.execute(sql, (safe(name),))
    return db.execute("SELECT number FROM source WHERE name = %s", (safe(name),)).fetchone()[0]


def next_number(db: Any) -> int:
    return db.execute("SELECT coalesce(max(number), 0) + 1 FROM record").fetchone()[0]


def record(row: Sequence[Any]) -> Record:
    """The record of a row of COLUMNS."""
    _, source, modality, id, kind, name, *rest = row
    return record_of((plain(modality), plain(id), plain(kind), plain(name), *rest), plain(source))


def load(db: Any, numbers: Sequence[int]) -> list[Record]:
    """The records of these numbers, in their order."""
    found = {row[0]: record(row) for row in db.execute(OF_NUMBERS, (list(numbers),))} if numbers else {}
    return [found[number] for number in numbers]


def equal(db: Any, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As searching.equal."""
    sql = f"{NAMED} SELECT r.number, r.modality, r.id, h.weight FROM hits h JOIN record r ON r.number = h.record{fits}"
    return _plain(db.execute(sql, (safe(key), safe(key), *values)))


def with_all_words(db: Any, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As searching.with_all_words."""
    wanted = _words(key)[:MOST_WORDS]
    return _with_words(db, wanted, "@>", fits, values) if wanted else []


def with_some(db: Any, key: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As searching.with_some, with the index of pg_trgm for the letters."""
    counts = f"SELECT count(*) FROM (SELECT 1 FROM record WHERE words @> ARRAY[word] LIMIT {ORDINARY}) few"
    sql = f"SELECT ({counts}), word FROM unnest(%s::text[]) word"
    counted = db.execute(sql, (list(dict.fromkeys(_words(key)[:MOST_WORDS])),)).fetchall()
    rare = [word for count, word in sorted(counted) if count][:2]
    rows = _with_words(db, rare, "&&", fits, values) if rare else []
    key = safe(key)[:LONGEST_WORD]
    db.execute(f"SET LOCAL pg_trgm.similarity_threshold = {LEAST_LIKE}")
    like = f"""{FOUND} FROM record r JOIN (SELECT record, max(similarity("left"(key, {LONGEST_WORD}), %s)) AS alike
        FROM alias WHERE "left"(key, {LONGEST_WORD}) %% %s GROUP BY record) a ON a.record = r.number{fits}
        ORDER BY a.alike DESC, r.number LIMIT {MOST}"""
    rows += _plain(db.execute(like, (key, key, *values)))
    return list({row[0]: row for row in rows}.values())


def boxes(db: Any, windows: Sequence[spatial.Window], fits: str, values: Sequence[Any]) -> list[spatial.Box]:
    """The boxes that meet a window of records that fit."""
    sql = f"""SELECT r.number, ST_XMin(shape), ST_XMax(shape), ST_YMin(shape), ST_YMax(shape) FROM record r
        WHERE shape && ST_MakeEnvelope(%s, %s, %s, %s, 4326){fits}"""
    asked = [(west, south, east, north, *values) for west, east, south, north in windows]
    return list(dict.fromkeys(row for one in asked for row in db.execute(sql, one)))


def first_angle(db: Any, lon: float, lat: float, fits: str, values: Sequence[Any], limit: int) -> float | None:
    """How many degrees around a point hold `limit` records that fit: the plane of degrees is never too small."""
    spatial.check_point(lon, lat)
    here = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)"
    sql = f"""SELECT max(away) FROM (SELECT shape <-> {here} AS away FROM record r WHERE shape IS NOT NULL{fits}
        ORDER BY shape <-> {here} LIMIT %s) nearest"""
    return db.execute(sql, (lon, lat, *values, lon, lat, limit)).fetchone()[0]


def located(db: Any, numbers: list[int]) -> list[spatial.Located]:
    """What is needed of records to measure them."""
    sql = """SELECT number, modality, id, kind, lon, lat, CASE WHEN shaped THEN ST_AsBinary(shape, 'NDR') END
        FROM record WHERE number = ANY(%s)"""
    rows = db.execute(sql, (numbers,))
    return [spatial.Located(n, plain(modality), plain(id), *rest) for n, modality, id, *rest in rows]


def _with_words(db: Any, wanted: list[str], how: str, fits: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    sql = f"""{FOUND} FROM record r WHERE words {how} %s::text[]{fits} ORDER BY length(r.name), r.number LIMIT {MOST}"""
    return _plain(db.execute(sql, (wanted, *values)))


def _plain(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
    return [(number, plain(modality), plain(id), value) for number, modality, id, value in rows]


def _words(key: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in words(key)]


def _shapes(records: Sequence[Record]) -> list[str | None]:
    """The geometry, else the point, of each record as PostGIS reads it: EWKB in hexadecimal. Raises as boxes."""
    import numpy as np
    import shapely

    spatial.boxes(records)
    shapes = np.full(len(records), None, object)
    for i, r in enumerate(records):
        if r.geometry is None and r.point is not None:
            shapes[i] = shapely.Point(r.point)
    shaped = [i for i, r in enumerate(records) if r.geometry is not None]
    if shaped:
        shapes[shaped] = spatial.read(records, shaped)
    return shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True).tolist()
