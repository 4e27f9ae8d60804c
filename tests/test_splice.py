"""Tokens and soft tokens in one row: the text's own tokens stay as they are, every soft position is filled once."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from conftest import Colour, Thing
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from omnimodal import Mention
from omnimodal.document import Document, documents
from omnimodal.errors import ContextOverflowError, EncodingError, OmnimodalError, UnknownNameError
from omnimodal.llm import byte_tokenizer
from omnimodal.splice import IGNORED, Row, arrange, fit, gather, lay_out, splice

K = 3
MODALITIES = ["colour", "thing"]
WORDS = "the wall in Monaco is #ff0000 and the façade of the tower is 1889 years old — naïve 東京 😀 " * 3


@cache
def bpe(kind: str):
    """A tokenizer of a few hundred merges with [CLS] and [SEP] around a text: of bytes, or of words as in Llama."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=kind == "words", unk_token="[CLS]"))
    if kind == "bytes":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        alphabet = []
    special = ["[CLS]", "[SEP]", *([f"<0x{i:02X}>" for i in range(256)] if kind == "words" else [])]
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([WORDS], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[CLS]", sep_token="[SEP]", cls_token="[CLS]")


TOKENIZERS = {
    "byte": byte_tokenizer,
    "byte+bos": lambda: byte_tokenizer(True),
    "bpe": lambda: bpe("bytes"),
    "words": lambda: bpe("words"),
}
tokenizers = pytest.mark.parametrize("tokenizer", [t() for t in TOKENIZERS.values()], ids=list(TOKENIZERS))
ENTITIES = st.builds(Colour, st.sampled_from(["#000000", "#ff0000"])) | st.builds(Thing, st.sampled_from("ab"))


@st.composite
def marked(draw):
    """A text, often of words the tokenizers know, with explicit entities at any places that do not overlap."""
    text = draw(st.text(max_size=30) | st.lists(st.sampled_from(WORDS.split()), max_size=8).map(" ".join))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    marks = [(start, end, draw(ENTITIES)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return documents(text, marks)[0][0]


def ids_of(row):
    return [part for part in row.parts if isinstance(part, int)]


@tokenizers
@given(marked())
def test_the_tokens_of_the_text_are_the_tokenizers_own_and_in_order(tokenizer, document):
    row = lay_out(document.text, document.mentions, tokenizer)
    assert ids_of(row) == tokenizer(document.text)["input_ids"]
    assert row.mentions == list(document.mentions)
    bare = lay_out(document.text, document.mentions, tokenizer, special=False)
    assert ids_of(bare) == tokenizer(document.text, add_special_tokens=False)["input_ids"]


@tokenizers
@given(marked())
def test_a_mention_stands_behind_the_last_token_that_begins_before_its_end(tokenizer, document):
    encoded = tokenizer(document.text, return_offsets_mapping=True, add_special_tokens=False)
    row = lay_out(document.text, document.mentions, tokenizer, special=False)
    seen = 0
    for part in row.parts:
        if isinstance(part, int):
            seen += 1
        else:
            assert all(start < part.end for start, _ in encoded["offset_mapping"][:seen])
            assert all(start >= part.end for start, _ in encoded["offset_mapping"][seen:])


@tokenizers
@given(marked())
def test_replaced_mentions_leave_no_text_behind(tokenizer, document):
    row = lay_out(document.text, document.mentions, tokenizer, surface="replace")
    assert row.mentions == list(document.mentions)
    if not document.mentions:
        assert ids_of(row) == tokenizer(document.text)["input_ids"]
        return
    around = tokenizer("")["input_ids"]
    assert ids_of(row)[: len(around) // 2] == around[: len(around) // 2]
    inner = lay_out(document.text, document.mentions, tokenizer, surface="replace", special=False)
    left = document.text
    for mention in reversed(document.mentions):
        left = left[: mention.start] + "\0" + left[mention.end :]
    pieces = [piece.rstrip(" ") for piece in left.split("\0")[:-1]] if "\0" not in document.text else None
    if pieces is not None:
        pieces.append(left.split("\0")[-1])
        wanted = [i for piece in pieces if piece for i in tokenizer(piece, add_special_tokens=False)["input_ids"]]
        assert ids_of(inner) == wanted


def test_an_entity_stands_behind_its_words_between_the_special_tokens():
    text = "the wall in Monaco is old"
    row = lay_out(text, [Mention(12, 18, "thing", "Monaco", entity=Thing("a"))], bpe("bytes"))
    names = [p.text if isinstance(p, Mention) else bpe("bytes").convert_ids_to_tokens(p) for p in row.parts]
    assert names == ["[CLS]", "the", "Ġwall", "Ġin", "ĠMonaco", "Monaco", "Ġis", "Ġold", "[SEP]"]
    row = lay_out(text, [Mention(12, 18, "thing", "Monaco", entity=Thing("a"))], bpe("bytes"), "replace")
    names = [p.text if isinstance(p, Mention) else bpe("bytes").convert_ids_to_tokens(p) for p in row.parts]
    assert names == ["[CLS]", "the", "Ġwall", "Ġin", "Monaco", "Ġis", "Ġold", "[SEP]"]


# a batch


def rows_of(docs, answers=()):
    rows = [lay_out(d.text, d.mentions, byte_tokenizer(True)) for d in docs]
    return [Row(row.parts, tuple(answers[i]) if i < len(answers) else ()) for i, row in enumerate(rows)]


ANSWERS = st.lists(st.lists(st.integers(2, 200), max_size=3), max_size=4)
BATCHES = st.lists(marked(), min_size=1, max_size=4)


@given(BATCHES, ANSWERS, st.sampled_from(["left", "right"]))
def test_every_position_of_a_batch_is_accounted_for(docs, answers, side):
    rows = rows_of(docs, answers)
    layout = arrange(rows, MODALITIES, K, pad=0, side=side)
    l = max(row.width(K) for row in rows)
    assert layout.input_ids.shape == layout.attention_mask.shape == layout.labels.shape == (len(rows), l)
    assert layout.attention_mask.sum(1).tolist() == [row.width(K) for row in rows]
    assert len(set(layout.positions.tolist())) == len(layout.positions) == (K + 2) * sum(len(r.mentions) for r in rows)
    assert len({e.key for e in layout.entities}) == len(layout.entities)
    soft = torch.zeros(len(rows) * l, dtype=torch.bool)
    soft[layout.positions] = True
    soft = soft.view(len(rows), l)
    for i, row in enumerate(rows):
        width = row.width(K)
        here = slice(l - width, l) if side == "left" else slice(0, width)
        assert layout.attention_mask[i, here].all()
        assert not soft[i][layout.attention_mask[i] == 0].any()
        assert layout.input_ids[i, here][~soft[i, here]].tolist() == [*ids_of(row), *row.answer]
        labels = layout.labels[i, here].tolist()
        assert labels == [IGNORED] * (width - len(row.answer)) + list(row.answer)
    assert (layout.labels[soft] == IGNORED).all()


def sources_of(layout):
    """For each position its row in a table of the boundary tokens and then the soft tokens of the entities."""
    blocks = torch.arange(len(layout.entities)) if layout.repeats is None else layout.repeats
    soft = 2 * len(MODALITIES) + K * blocks[:, None] + torch.arange(K)
    return torch.cat([layout.boundaries, soft.flatten()])


@given(BATCHES, st.sampled_from(["left", "right"]))
def test_soft_positions_hold_the_boundaries_and_tokens_of_their_entity(docs, side):
    layout = arrange(rows_of(docs), MODALITIES, K, pad=0, side=side)
    sources = sources_of(layout)[layout.positions.argsort()].view(-1, K + 2)  # mention by mention
    mentions = [m for d in docs for m in d.mentions]
    first = 2 * len(MODALITIES)
    for mention, (opening, *soft, closing) in zip(mentions, sources.tolist(), strict=True):
        assert MODALITIES[opening // 2] == mention.modality
        assert closing == opening + 1
        assert opening % 2 == 0
        assert layout.entities[(soft[0] - first) // K] == mention.entity
        assert soft == list(range(soft[0], soft[0] + K))
    assert [e.modality for e in layout.entities] == sorted(e.modality for e in layout.entities)


def filled(docs, side):
    """The spliced embeddings of a batch, with a table in which every entity has rows of its own."""
    layout = arrange(rows_of(docs), MODALITIES, K, pad=0, side=side)
    made = torch.Generator()
    boundaries = torch.arange(4.0)[:, None].expand(4, 8) + 1000
    soft = [torch.zeros(0, K, 8)]
    for entity in layout.entities:
        made.manual_seed(int(entity.key[:8], 16))
        soft.append(torch.randn(1, K, 8, generator=made))
    embeds = torch.nn.functional.one_hot(layout.input_ids % 8, 8).float()
    rows = gather(boundaries, soft, layout.boundaries, layout.repeats)
    assert torch.equal(rows, torch.cat([boundaries, *(s.flatten(0, 1) for s in soft)])[sources_of(layout)])
    return splice(embeds, layout.positions, rows), layout


@given(BATCHES, st.sampled_from(["left", "right"]))
def test_a_batch_is_its_rows(docs, side):
    together, layout = filled(docs, side)
    for i, document in enumerate(docs):
        alone, _ = filled([document], side)
        assert torch.equal(together[i][layout.attention_mask[i].bool()], alone[0])


def test_splice_makes_a_new_tensor_and_lets_gradients_through():
    embeds = torch.randn(2, 4, 8, requires_grad=True)
    table = torch.randn(3, 8, requires_grad=True)
    out = splice(embeds, torch.tensor([1, 6]), gather(table, [], torch.tensor([2, 0]), None))
    assert torch.equal(out[0, 1], table[2])
    assert torch.equal(out[1, 2], table[0])
    assert torch.equal(out[0, 0], embeds[0, 0])
    out.sum().backward()
    assert table.grad is not None
    assert table.grad.sum(1).tolist() == [8, 0, 8]
    assert embeds.grad is not None
    assert embeds.grad.sum(2).tolist() == [[8, 0, 8, 8], [8, 8, 0, 8]]
    assert splice(embeds.bfloat16(), torch.tensor([0]), table[:1]).dtype == torch.bfloat16


def test_a_mention_that_was_not_resolved_is_no_part_of_a_batch():
    row = Row((1, Mention(0, 1, "colour", "a")))
    with pytest.raises(EncodingError, match="'a' has no entity") as info:
        arrange([row], MODALITIES, K, 0)
    assert info.value.span == (0, 1)


# the context


@given(marked(), st.integers(0, 60), st.lists(st.integers(2, 9), max_size=3))
def test_a_truncated_row_fits_and_tells_what_it_lost(document, limit, answer):
    row = Row(rows_of([document])[0].parts, tuple(answer))
    try:
        short = fit(row, K, limit, "truncate")
    except ContextOverflowError:
        assert row.width(K) > limit
        assert limit < len(answer) + 1  # one token is the least; every row begins with one
        return
    assert short.width(K) <= limit
    assert short.answer == row.answer
    assert short.parts == row.parts[: len(short.parts)]  # from the left, an entity whole or not at all
    assert [*short.mentions, *short.dropped] == row.mentions
    assert len(ids_of(short)) + short.lost == len(ids_of(row))
    assert (short is row) == (row.width(K) <= limit)


def test_a_row_that_does_not_fit_raises_and_tells_the_numbers():
    document = documents(["red: ", Colour("#ff0000")])[0][0]
    row = rows_of([document])[0]
    assert fit(row, K, row.width(K)) is row
    with pytest.raises(ContextOverflowError, match=r"takes 18 positions \(1 entities of 5\), the model has 17"):
        fit(row, K, 17)
    assert fit(row, K, 17, "truncate").dropped == document.mentions


@pytest.mark.parametrize(("limit", "answer"), [(0, ()), (-3, ()), (4, (1, 2, 3, 4)), (2, (1, 2, 3))])
def test_where_nothing_fits_truncation_raises_too(limit, answer):
    with pytest.raises(ContextOverflowError, match="Not even the beginning"):
        fit(Row((5, 6, 7), answer), K, limit, "truncate")


def test_unknown_options_list_the_known():
    row = Row((1, 2))
    with pytest.raises(UnknownNameError, match=r"surface 'keeps'; known: keep, replace\. Did you mean 'keep'"):
        lay_out("a", [], byte_tokenizer(), "keeps")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="overflow 'cut'; known: error, truncate"):
        fit(row, K, 9, "cut")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="side 'middle'; known: left, right"):
        arrange([row], MODALITIES, K, 0, "middle")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from families import save

    from omnimodal import OmniModel

    folder = save("gpt2", tmp_path_factory.mktemp("gpt2"))
    model = OmniModel(str(folder), encoders=["colour", "thing"], store=None)
    model.reader.limit = 30
    return model


def test_a_model_reports_what_it_left_out(tiny):
    text = "a #ff0000 and then another #00ff00"
    with pytest.raises(OmnimodalError, match=r"Text 1 of 2: The text takes 46 positions.*the model has 30"):
        tiny.embed(["short", text])
    with pytest.warns(UserWarning, match=r"Text 0 of 1 is too long.*the entities \['#00ff00'\]"):
        found = tiny.embed(text, overflow="truncate")
    assert [m.text for m in found.dropped] == ["#00ff00"]
    assert [m.text for m in found.mentions] == ["#ff0000", "#00ff00"]
    assert found.attention_mask.shape[1] <= 30


def test_an_empty_text_has_no_embedding_but_one_entity_has(tiny):
    with pytest.raises(ValueError, match="Text 0 of 1 is empty"):
        tiny.embed("")
    assert tiny.embed(Thing("a")).attention_mask.shape == (1, tiny.k + 2)
    assert tiny.embed([Thing("a"), Thing("b")]).attention_mask.shape == (1, 2 * (tiny.k + 2))
    assert tiny.reader.rows([Document("")], [[]])[0].parts == ()
