"""Files and folders appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnimodal.paths import cache_dir, written_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_the_block_ends_well(tmp_path):
    target = tmp_path / "new" / "file"
    with written_whole(target) as fresh:
        fresh.write_text("one")
        assert not target.exists()
    assert target.read_text() == "one"
    with written_whole(target) as fresh:
        fresh.write_text("two")
    assert target.read_text() == "two"
    assert names(target.parent) == ["file"]


def test_what_stood_there_stays_when_it_does_not(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(TypeError), written_whole(target) as fresh:
        fresh.write_text("half") + "and then an error"
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_is_replaced_whole(tmp_path):
    target = tmp_path / "folder"
    for name in ("one", "two"):
        with written_whole(target) as fresh:
            fresh.mkdir()
            (fresh / name).write_text(name)
    assert names(target) == ["two"]
    assert names(tmp_path) == ["folder"]


def test_a_folder_stays_when_nothing_was_made(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").touch()
    with pytest.raises(FileNotFoundError), written_whole(tmp_path / "folder"):
        pass
    assert names(tmp_path / "folder") == ["old"]


def test_an_interrupt_between_the_two_renames_loses_nothing(tmp_path, monkeypatch):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    rename = Path.rename

    def interrupted(self, to):
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), written_whole(target) as fresh:
        fresh.mkdir()
    assert names(target) == ["old"]


def test_the_cache_folder_goes_where_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNIMODAL_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"
    monkeypatch.delenv("OMNIMODAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "omnimodal"
    assert cache_dir().is_dir()


def test_what_another_process_made_meanwhile_stays_where_all_would_make_it_alike(tmp_path):
    target = tmp_path / "model"
    with written_whole(target, replace=False) as fresh:
        fresh.mkdir()
        target.mkdir()  # the other process was faster
        (target / "in use").touch()
    assert [path.name for path in target.iterdir()] == ["in use"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
