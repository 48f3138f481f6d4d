"""py-sonic, which gives answers as they come."""

import time
from typing import Any

import libsonic
import pytest
from libsonic.errors import SonicError

from tests.acceptance.conftest import AppHouse
from tests.acceptance.tours import ALBUM_LISTS, COMPOSED_FOLDER


class SonicTour:
    """py-sonic, by POST and salted token."""

    def __init__(self, house: AppHouse) -> None:
        self._house = house
        self._c = libsonic.Connection(
            "http://127.0.0.1", house.user_name, house.app_password, port=house.port, serverPath="/rest"
        )

    def close(self) -> None:
        """It keeps no connection."""

    def signs_in(self) -> None:
        assert self._c.ping()
        assert self._c.getLicense()["license"]["valid"] is True
        assert self._c.getUser(self._house.user_name)["user"]["streamRole"] is True
        assert [folder["id"] for folder in self._c.getMusicFolders()["musicFolders"]["musicFolder"]] == [1, 2]
        assert self._c.getScanStatus()["scanStatus"]["scanning"] is False
        assert [each["username"] for each in self._c.getUsers()["users"]["user"]] == [self._house.user_name]
        # What a house has none of, and what only an owner may.
        assert self._c.getShares()["shares"]["share"] == []
        assert self._c.getInternetRadioStations()["internetRadioStations"]["internetRadioStation"] == []
        with pytest.raises(SonicError, match="An owner of the house"):
            self._c.startScan()

    def browses(self) -> None:
        names = [
            each["name"] for index in self._c.getIndexes()["indexes"]["index"] for each in index["artist"]
        ]
        assert names == ["ada's studio", "Artist 0", "Artist 1"]
        artists = [each for index in self._c.getArtists()["artists"]["index"] for each in index["artist"]]
        artist = self._c.getArtist(artists[1]["id"])["artist"]
        album = self._c.getAlbum(artist["album"][0]["id"])["album"]
        assert [song["title"] for song in album["song"]] == ["piano 0", "piano 1"]
        assert self._c.getSong(album["song"][0]["id"])["song"]["title"] == "piano 0"
        assert self._c.getMusicDirectory(artist["id"])["directory"]["child"][0]["isDir"] is True
        assert self._c.getGenres()["genres"]["genre"][0]["value"] == "Chamber"
        assert self._c.getArtistInfo2(artist["id"])["artistInfo2"]["similarArtist"]
        assert self._c.getArtistInfo(artist["id"])["artistInfo"]["similarArtist"]
        self._c.getAlbumInfo(album["id"])
        self._c.getAlbumInfo2(album["id"])

    def lists_albums(self) -> None:
        for kind in ALBUM_LISTS:
            self._c.getAlbumList(kind)
            self._c.getAlbumList2(kind)
        assert len(self._c.getAlbumList2("alphabeticalByName")["albumList2"]["album"]) == 3
        assert len(self._c.getRandomSongs(size=2)["randomSongs"]["song"]) == 2
        assert len(self._c.getSongsByGenre("Chamber")["songsByGenre"]["song"]) == 2
        self._c.getStarred()
        self._c.getStarred2()

    def searches(self) -> None:
        assert [song["title"] for song in self._c.search3("piano")["searchResult3"]["song"]] == [
            "piano 0",
            "piano 1",
        ]
        assert len(self._c.search3("", songCount=100)["searchResult3"]["song"]) == 5
        found = self._c.search(title="piano", artist="artist 0", count=1, offset=1)["searchResult"]
        assert (found["totalHits"], [song["title"] for song in found["match"]]) == (2, ["piano 1"])
        assert self._c.search(any="piano", newerThan=int(time.time()) + 60)["searchResult"]["match"] == []
        assert self._c.search2("album 1")["searchResult2"]["album"][0]["isDir"] is True

    def streams(self) -> None:
        song = self._song("piano 0")
        with self._c.stream(song["id"]) as answer:
            whole = answer.read()
        assert len(whole) == song["size"]
        with self._c.download(song["id"]) as answer:
            assert answer.read() == whole

    def transcodes(self) -> None:
        with self._c.stream(self._song("piano 0")["id"], tformat="mp3", maxBitRate=64) as answer:
            assert answer.headers["Content-Type"] == "audio/mpeg"
            assert answer.read()

    def shows_covers(self) -> None:
        with self._c.getCoverArt(self._song("piano 0")["coverArt"], size=90) as answer:
            assert answer.read()[:4] == b"RIFF"
        with self._c.getAvatar(self._house.user_name) as answer:
            assert answer.headers["Content-Type"] == "image/webp"
            answer.read()
        assert self._c.getLyrics("Artist 0", "piano 0")["lyrics"] == {"value": ""}

    def gives_thumbs(self) -> None:
        song = self._song("metal 2")
        self._c.star(sids=[song["id"]], albumIds=[song["albumId"]], artistIds=[song["artistId"]])
        assert self._c.getStarred2()["starred2"]["song"][0]["userRating"] == 5
        assert len(self._c.getStarred()["starred"]["album"]) == 1
        self._c.unstar(sids=[song["id"]], albumIds=[song["albumId"]], artistIds=[song["artistId"]])
        assert self._c.getStarred2()["starred2"]["song"] == []
        self._c.setRating(song["id"], 1)
        assert self._song("metal 2")["userRating"] == 1
        self._c.setRating(song["id"], 0)
        assert "userRating" not in self._song("metal 2")

    def keeps_playlists(self) -> None:
        names = [each["name"] for each in self._c.getPlaylists()["playlists"]["playlist"]]
        assert (names[0], names[-1]) == ("Daily mix", "New for you")
        assert set(names[1:-1]) == {"Soft piano"}
        song_id = self._song("piano 0")["id"]
        self._c.createPlaylist(name="Mine", songIds=[song_id])
        mine = self._c.getPlaylists()["playlists"]["playlist"][-1]
        self._c.updatePlaylist(mine["id"], songIdsToAdd=[song_id], songIndexesToRemove=[0])
        assert self._c.getPlaylist(mine["id"])["playlist"]["songCount"] == 1
        self._c.deletePlaylist(mine["id"])
        with pytest.raises(SonicError, match="no such playlist"):
            self._c.getPlaylist(mine["id"])

    def keeps_the_queue(self) -> None:
        song_id = self._song("piano 0")["id"]
        self._c.savePlayQueue([song_id], current=song_id, position=5)
        queue = self._c.getPlayQueue()["playQueue"]
        assert (queue["current"], queue["position"], queue["changedBy"]) == (song_id, 5, "py-sonic")

    def keeps_bookmarks(self) -> None:
        song_id = self._song("metal 2")["id"]
        self._c.createBookmark(song_id, 800, "the tune")
        (mark,) = self._c.getBookmarks()["bookmarks"]["bookmark"]
        assert (mark["entry"]["id"], mark["position"], mark["comment"]) == (song_id, 800, "the tune")
        self._c.deleteBookmark(song_id)
        assert self._c.getBookmarks()["bookmarks"]["bookmark"] == []

    def scrobbles(self) -> None:
        song = self._song("choir 3")
        self._c.scrobble(song["id"], submission=False)
        assert self._c.getNowPlaying()["nowPlaying"]["entry"][0]["id"] == song["id"]
        self._c.scrobble(song["id"], listenTime=int(time.time()) - 86_400)
        assert self._song("choir 3")["playCount"] == song["playCount"] + 1

    def finds_what_sounds_alike(self) -> None:
        song = self._song("piano 0")
        assert self._c.getSimilarSongs(song["id"])["similarSongs"]["song"]
        assert self._c.getSimilarSongs2(song["artistId"])["similarSongs2"]["song"]
        assert len(self._c.getTopSongs("Artist 0")["topSongs"]["song"]) == 2

    def shows_what_was_composed(self) -> None:
        (song,) = self._c.search3("", musicFolderId=COMPOSED_FOLDER)["searchResult3"]["song"]
        assert (song["artist"], song["groupings"]) == ("ada's studio", ["ai-generated"])

    def _song(self, title: str) -> Any:
        return next(
            song for song in self._c.search3(title)["searchResult3"]["song"] if song["title"] == title
        )
