"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omnimodal.errors import OmnimodalError
from omnimodal.paths import cache_dir, is_stream, written_whole


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


def test_a_link_is_followed(tmp_path):
    (tmp_path / "large disk").mkdir()
    for name in ("file", "none yet", "folder"):
        (tmp_path / name).symlink_to(tmp_path / "large disk" / name)
    (tmp_path / "large disk" / "file").write_text("old")
    (tmp_path / "large disk" / "folder").mkdir()
    for name in ("file", "none yet"):
        with written_whole(tmp_path / name) as fresh:
            fresh.write_text("new")
    with written_whole(tmp_path / "folder") as fresh:
        fresh.mkdir()
        (fresh / "new").touch()
    assert all((tmp_path / name).is_symlink() for name in ("file", "none yet", "folder"))
    assert [(tmp_path / "large disk" / name).read_text() for name in ("file", "none yet")] == ["new", "new"]
    assert names(tmp_path / "large disk" / "folder") == ["new"]


def test_nothing_takes_the_place_of_a_pipe_or_a_device(tmp_path):
    """A rename would: whoever wrote to /dev/null as root would leave a file there."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        assert is_stream(tmp_path / name)
        with pytest.raises(OmnimodalError, match=f"{name} is a device or a pipe"), written_whole(tmp_path / name):
            pytest.fail("the block is not entered")
    assert names(tmp_path) == ["link", "pipe"]
    assert not any(map(is_stream, (tmp_path, tmp_path / "none", Path(__file__))))


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    for target in (tmp_path / "file" / "new", tmp_path / "file" / "deeper" / "new"):
        with pytest.raises(OmnimodalError, match=r"new cannot be written: .* not a folder"), written_whole(target):
            pytest.fail("the block is not entered")
    assert names(tmp_path) == ["file"]


def test_the_cache_folder_goes_where_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNIMODAL_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"
    monkeypatch.delenv("OMNIMODAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "omnimodal"
    assert cache_dir().is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("OMNIMODAL_CACHE", str(tmp_path / "file" / "here"))
    with pytest.raises(OmnimodalError, match="here cannot be made: Not a directory; set OMNIMODAL_CACHE"):
        cache_dir()


def test_what_another_process_made_meanwhile_stays_where_all_would_make_it_alike(tmp_path):
    target = tmp_path / "model"
    with written_whole(target, replace=False) as fresh:
        fresh.mkdir()
        target.mkdir()  # the other process was faster
        (target / "in use").touch()
    assert [path.name for path in target.iterdir()] == ["in use"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
