"""A store in PostgreSQL with PostGIS, for more than one machine reads or one file should hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from omnimodal.errors import StoreError
from omnimodal.fold import fold
from omnimodal.store import likeness, spatial
from omnimodal.store import postgis_rows as rows
from omnimodal.store.base import Candidate, Edge, Near, Record, Source
from omnimodal.store.common import SOURCES, Common, referring
from omnimodal.store.gazetteer import Gazetteer
from omnimodal.store.postgres import Server, plain, safe
from omnimodal.store.rows import BATCH, batches, condition, record_from

FORMAT = 2
EXTENSIONS = ("postgis", "pg_trgm")
PAGE = 500  # records read at a time


class PostGISStore(Common):
    """A store in a schema of a PostgreSQL database: "postgresql://user@host/database?schema=name".

    The schema is called omnimodal where the address names none, and is made where it is not there. Needs
    `pip install 'omnimodal[postgis]'`, and the extensions postgis and pg_trgm in the database.
    """

    def __init__(self, url: str):
        super().__init__(Server(url))
        self.path = self._db.name  # without its password
        there = "SELECT to_regclass('meta') IS NOT NULL"
        if not self._db.all(there)[0][0]:
            with self._db.writing() as db:
                db.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('omnimodal'))"
                )  # two cannot add one extension at once
                if not db.execute(there).fetchone()[0]:  # another process was quicker
                    for extension in EXTENSIONS:
                        self._db.extend(db, extension)
                    db.execute(rows.TABLES)
                    db.execute("INSERT INTO meta VALUES ('format', %s), ('version', '0')", (str(FORMAT).encode(),))
        found = self._db.all("SELECT value FROM meta WHERE key = 'format'")
        if found != [(str(FORMAT).encode(),)]:
            said = found[0][0].decode() if found else "of nobody"
            what = f"{self.path} has store format {said}, this version reads {FORMAT}"
            raise StoreError(f"{what}: fill a store anew from what that one was filled from")

    # writing

    def put(self, records: Iterable[Record]) -> int:
        some = list({(r.modality, r.id): r for batch in batches(records) for r in batch}.values())
        with self._db.writing() as db:
            for start in range(0, len(some), BATCH):
                rows.insert(db, some[start : start + BATCH])
            self._changed(db)
        return len(some)

    def replace_all(self, parts: Sequence[tuple[Source, Iterable[Record]]]) -> int:
        if not all(source.name for source, _ in parts):
            raise StoreError("Records are replaced by source, and this one has no name")
        count = 0
        with self._db.writing() as db:
            for source, _ in parts:
                number = rows.source(db, source.name)
                said = (safe(source.timestamp), safe(source.licence), number)
                db.execute("UPDATE source SET timestamp = %s, licence = %s WHERE number = %s", said)
                there = db.execute("SELECT number FROM record WHERE source = %s", (number,)).fetchall()
                rows.delete(db, [number for (number,) in there])
            first = rows.next_number(db)
            for source, records in parts:
                for batch in batches(records, source):
                    rows.insert(db, [record_from(record, source) for record in batch], since=first)
                    count += len(batch)
            self._changed(db)
            db.execute("ANALYZE record, alias, edge")
        self._gazetteer()
        return count

    def _changed(self, db: Any) -> None:
        """Others are to forget what they remember."""
        sql = "(convert_from(value, 'UTF8')::bigint + 1)::text::bytea"
        db.execute(f"UPDATE meta SET value = {sql} WHERE key = 'version'")
        db.execute("DELETE FROM meta WHERE key = 'trie'")

    # reading

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Record]:
        wanted = [(safe(modality), safe(id)) for modality, id in dict.fromkeys(keys)]
        some = self._db.all(rows.OF_KEYS, ([m for m, _ in wanted], [id for _, id in wanted])) if wanted else []
        found = {(record.modality, record.id): record for record in map(rows.record, some)}
        for modality, id in keys:
            if (modality, id) not in found:
                raise StoreError(f"{self.path} has no record {id!r}", encoder=modality)
        return [found[key] for key in keys]

    def find(self, name: str, modality: str | None = None, limit: int = 10) -> list[Candidate]:
        key = safe(fold(name))
        fits, values = condition(modality and safe(modality), (), "%s")
        sql = f"""{rows.NAMED} SELECT h.weight / coalesce(nullif((SELECT sum(weight) FROM hits), 0), 1), {rows.COLUMNS}
            FROM hits h JOIN record r ON r.number = h.record LEFT JOIN source s ON s.number = r.source
            WHERE true{fits} ORDER BY h.weight DESC, r.modality, r.id LIMIT %s"""
        return [Candidate(rows.record(row[1:]), row[0]) for row in self._db.all(sql, (key, key, *values, limit))]

    def search(
        self, text: str, modality: str | None = None, kinds: Sequence[str] = (), limit: int = 10
    ) -> list[Candidate]:
        key = fold(text)
        fits, values = condition(modality and safe(modality), list(map(safe, kinds)), "%s")
        with self._db.reading() as db:
            hits = likeness.hits(
                key,
                limit,
                lambda: rows.equal(db, key, fits, values),
                lambda: rows.with_all_words(db, key, fits, values),
                lambda: rows.with_some(db, key, fits, values),
            )
            return likeness.candidates(hits, limit, lambda numbers: rows.load(db, numbers))

    def records(self, modality: str | None = None, source: str | None = None) -> Iterator[Record]:
        """All records, PAGE at a time, as they are at the beginning."""
        fits, values = condition(modality and safe(modality), (), "%s")
        if source is not None:
            fits, values = f"{fits} AND s.name = %s", [*values, safe(source)]
        sql = f"SELECT {rows.COLUMNS} {rows.FROM} WHERE true{fits} ORDER BY r.modality, r.id"
        yield from map(rows.record, self._db.stream(sql, values, PAGE))

    def referrers(self, modality: str, id: str, role: str | None = None) -> list[tuple[Record, Edge]]:
        sql = f"""SELECT {rows.COLUMNS} {rows.FROM} WHERE r.number IN
            (SELECT record FROM edge WHERE modality = %s AND id = %s)"""
        found = map(rows.record, self._db.all(sql, (safe(modality), safe(id))))
        return referring(found, modality, id, role)

    def near(
        self,
        lon: float,
        lat: float,
        modality: str | None = None,
        kinds: Sequence[str] = (),
        limit: int | None = 10,
        radius: float | None = None,
        fits: Callable[[Record], bool] | None = None,
    ) -> list[Near]:
        asked, values = condition(modality and safe(modality), list(map(safe, kinds)), "%s")
        with self._db.reading() as db:
            return spatial.nearest(
                lon,
                lat,
                limit,
                radius,
                lambda windows: rows.boxes(db, windows, asked, values),
                lambda numbers: rows.located(db, numbers),
                lambda numbers: rows.load(db, numbers),
                fits,
                limit and rows.first_angle(db, lon, lat, asked, values, limit),
            )

    def overlapping(self, geometry: Any, modality: str | None = None, kinds: Sequence[str] = ()) -> list[Record]:
        windows = spatial.boxes_of(geometry)
        fits, values = condition(modality and safe(modality), list(map(safe, kinds)), "%s")
        with self._db.reading() as db:
            numbers = {number for number, *_ in rows.boxes(db, windows, fits, values)}
            return rows.load(db, spatial.overlapping(geometry, rows.located(db, list(numbers))))

    def kinds(self, modality: str) -> list[str]:
        """One look into the index a class."""
        sql = "SELECT min(kind) FROM record WHERE modality = %s AND kind > %s"
        found, last = [], ""
        while (last := self._db.all(sql, (safe(modality), last))[0][0]) is not None:
            found.append(plain(last))
        return found

    def sources(self) -> list[Source]:
        found = self._db.all(SOURCES)
        return [Source(plain(name), plain(time), plain(licence), count) for name, time, licence, count in found]

    def _written(self) -> object:
        return self._db.all("SELECT value FROM meta WHERE key = 'version'")[0][0]

    def _gathered(self) -> Gazetteer:
        found = self._db.all("SELECT key, name, modality, weight FROM alias WHERE sought")
        return Gazetteer.of((*map(plain, texts), weight) for *texts, weight in found)

    def _keep(self, db: Any, trie: bytes) -> None:
        sql = "INSERT INTO meta VALUES ('trie', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        db.execute(sql, (trie,))
