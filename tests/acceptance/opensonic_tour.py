"""py-opensonic, which reads answers strictly."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from libopensonic import Connection
from libopensonic.errors import SonicError
from libopensonic.media import Child

from tests.acceptance.conftest import AppHouse
from tests.acceptance.tours import ALBUM_LISTS, COMPOSED_FOLDER


class OpensonicTour:
    """py-opensonic, in one of its ways to send and to sign in."""

    def __init__(
        self, house: AppHouse, *, by_key: bool = False, legacy: bool = False, get: bool = False
    ) -> None:
        self._house, self._by_key = house, by_key
        # Of its own, for the same song twice in a moment is one play.
        own = 3 if by_key else 2 if legacy else int(get)
        self._own_song = ("piano 0", "piano 1", "metal 2", "choir 3")[own]
        self._c = Connection(
            "http://127.0.0.1",
            username=None if by_key else house.user_name,
            password=None if by_key else house.app_password,
            api_key=house.app_password if by_key else None,
            port=house.port,
            legacy_auth=legacy,
            use_get=get,
        )

    def close(self) -> None:
        self._c.cleanup()
        # Which leaves its own loop open.
        self._c._loop.close()

    def signs_in(self) -> None:
        assert self._c.ping()
        assert self._c.get_license()["license"]["valid"]
        names = {extension.name for extension in self._c.get_open_subsonic_extensions()}
        assert {"formPost", "apiKeyAuthentication", "sonicSimilarity"} <= names
        user = self._c.get_user(self._house.user_name)
        assert user.stream_role
        assert not user.video_conversion_role
        assert [each.username for each in self._c.get_users()] == [self._house.user_name]
        assert self._c.get_scan_status().scanning is False
        # get_music_folders is left out: this client takes the one object of the answer, as the API has it, for a list.
        assert self._bytes(lambda: self._c.get_avatar(self._house.user_name))[:4] == b"RIFF"
        # What a house has none of, and what only an owner may.
        assert self._c.get_shares() == self._c.get_internet_radio_stations() == []
        with pytest.raises(SonicError, match="An owner of the house"):
            self._c.start_scan()
        if self._by_key:
            assert self._c.token_info().username == self._house.user_name

    def browses(self) -> None:
        indexes = self._c.get_indexes()
        assert indexes.last_modified
        artists = {artist.name: artist for index in self._c.get_artists().index for artist in index.artist}
        assert {artist.name for index in indexes.index for artist in index.artist} == artists.keys()
        found = self._c.get_artist(artists["Artist 0"].id)
        assert [album.name for album in found.album] == ["Album 0"]
        album = self._c.get_album(found.album[0].id)
        assert [song.title for song in album.song] == ["piano 0", "piano 1"]
        song = self._c.get_song(album.song[0].id)
        assert (song.album_id, song.artist_id, song.is_dir) == (album.id, found.id, False)
        directory = self._c.get_music_directory(found.id)
        assert [(child.title, child.is_dir) for child in directory.child] == [("Album 0", True)]
        assert [child.title for child in self._c.get_music_directory(album.id).child] == [
            "piano 0",
            "piano 1",
        ]
        assert [genre.value for genre in self._c.get_genres()] == ["Chamber"]
        self._c.get_album_info(album.id)
        self._c.get_album_info2(album.id)
        for info in (self._c.get_artist_info(found.id), self._c.get_artist_info2(found.id)):
            assert "Artist 1" in {artist.name for artist in info.similar_artist}

    def lists_albums(self) -> None:
        for kind in ALBUM_LISTS:
            self._c.get_album_list(kind)
            self._c.get_album_list2(kind)
        by_name = [album.name for album in self._c.get_album_list2("alphabeticalByName", size=500)]
        assert by_name == ["Album 0", "Album 1", "Composed for ada"]
        assert [each.name for each in self._c.get_album_list2("alphabeticalByName", size=1, offset=1)] == [
            "Album 1"
        ]
        by_year = self._c.get_album_list2("byYear", from_year=1990, to_year=1999)
        assert [album.name for album in by_year] == ["Album 0"]
        assert [album.name for album in self._c.get_album_list2("byGenre", genre="chamber")] == ["Album 0"]
        assert len(self._c.get_random_songs(size=3)) == 3
        assert {song.title for song in self._c.get_songs_by_genre("Chamber")} == {"piano 0", "piano 1"}
        self._c.get_starred()
        self._c.get_starred2()

    def searches(self) -> None:
        everything = self._c.search3("", song_count=500, album_count=500, artist_count=500)
        assert len(everything.song) == 5
        assert len(self._c.search3("", song_count=2, song_offset=4).song) == 1
        found = self._c.search3("piano")
        assert {song.title for song in found.song} == {"piano 0", "piano 1"}
        assert [artist.name for artist in self._c.search3("artist 1").artist] == ["Artist 1"]
        assert [album.title for album in self._c.search2("album 1").album] == ["Album 1"]

    def streams(self) -> None:
        song = self._song("piano 0")
        whole = self._read(song.id)
        assert len(whole) == song.size
        assert whole.startswith(b"fLaC")
        assert self._downloaded(song.id) == whole
        url, form = self._c.get_stream_url(song.id)
        with urlopen(url, urlencode(form).encode() or None, timeout=60) as answer:  # noqa: S310  # the house's own
            assert answer.read() == whole

    def seeks_by_range(self) -> None:
        song = self._song("piano 0")
        whole = self._read(song.id)
        assert self._read(song.id, byte_range="bytes=100-199") == whole[100:200]
        assert self._read(song.id, byte_range="bytes=-7") == whole[-7:]

    def transcodes(self) -> None:
        song = self._song("piano 0")
        encoded = self._read(song.id, tformat="mp3", max_bit_rate=96, estimate_length=True)
        assert 0 < len(encoded) < song.size
        assert self._read(song.id, tformat="raw") == self._read(song.id)
        plays = {
            "containers": ["flac"],
            "audioCodecs": ["flac"],
            "protocols": ["http"],
            "maxAudioChannels": 2,
        }
        for profile, direct in ((plays, True), (plays | {"containers": ["mp3"]}, False)):
            told = {"name": "a tour", "platform": "a test", "directPlayProfiles": [profile]}
            decision = self._c.get_transcode_decision(song.id, "song", told)
            assert (decision.can_direct_play, decision.can_transcode) == (direct, False)

    def shows_covers(self) -> None:
        song = self._song("piano 0")
        artist = self._c.get_artist(song.artist_id)
        for cover in (song.cover_art, artist.cover_art, artist.album[0].cover_art, song.id):
            assert self._bytes(lambda cover=cover: self._c.get_cover_art(cover, size=90))[:4] == b"RIFF"
        small = self._bytes(lambda: self._c.get_cover_art(song.cover_art, size=64))
        assert len(small) < len(self._bytes(lambda: self._c.get_cover_art(song.cover_art)))
        assert self._c.get_lyrics_by_song_id(song.id) == []
        assert self._c.get_lyrics(artist="Artist 0", title="piano 0").value == ""

    def gives_thumbs(self) -> None:
        song = self._song("metal 2")
        self._c.star(sids=[song.id], album_ids=[song.album_id], artist_ids=[song.artist_id])
        starred = self._c.get_starred2()
        assert [each.id for each in starred.song] == [song.id]
        assert [each.id for each in starred.album] == [song.album_id]
        assert [each.id for each in starred.artist] == [song.artist_id]
        assert self._c.get_song(song.id).user_rating == 5
        self._c.unstar(sids=[song.id], album_ids=[song.album_id], artist_ids=[song.artist_id])
        assert not self._c.get_starred2().song
        self._c.set_rating(song.id, 1)
        assert (self._c.get_song(song.id).user_rating, self._c.get_song(song.id).starred) == (1, None)
        self._c.unstar(sids=[song.id])
        assert self._c.get_song(song.id).user_rating == 1
        self._c.set_rating(song.id, 0)
        assert self._c.get_song(song.id).user_rating is None

    def keeps_playlists(self) -> None:
        made = {playlist.name: playlist for playlist in self._c.get_playlists()}
        assert {"Daily mix", "New for you", "Soft piano"} <= made.keys()
        new = self._c.get_playlist(made["New for you"].id)
        assert [song.title for song in new.entry] == ["Listed ada"]
        assert new.readonly
        with pytest.raises(SonicError, match="makes itself"):
            self._c.delete_playlist(made["Daily mix"].id)
        first, second = self._song("piano 0").id, self._song("metal 2").id
        self._c.create_playlist(name="Mine", song_ids=[first, second, first])
        mine = next(each for each in self._c.get_playlists() if each.name == "Mine")
        assert (mine.song_count, mine.owner) == (3, self._house.user_name)
        self._c.update_playlist(
            mine.id, name="Ours", comment="For tea", song_ids_to_add=[second], song_indices_to_remove=[0]
        )
        changed = self._c.get_playlist(mine.id)
        assert (changed.name, changed.comment) == ("Ours", "For tea")
        assert [song.id for song in changed.entry] == [second, first, second]
        self._c.create_playlist(playlist_id=mine.id, song_ids=[first])
        assert [song.id for song in self._c.get_playlist(mine.id).entry] == [first]
        self._c.delete_playlist(mine.id)
        with pytest.raises(SonicError, match="no such playlist"):
            self._c.get_playlist(mine.id)

    def keeps_the_queue(self) -> None:
        first, second = self._song("piano 0").id, self._song("metal 2").id
        self._c.save_play_queue([first, second], current=second, position=700)
        queue = self._c.get_play_queue()
        assert ([song.id for song in queue.entry], queue.current, queue.position) == (
            [first, second],
            second,
            700,
        )
        self._c.save_play_queue_by_index([first, first], current_index=1, position=3)
        by_index = self._c.get_play_queue_by_index()
        assert ([song.id for song in by_index.entry], by_index.current_index) == ([first, first], 1)
        self._c.save_play_queue_by_index()
        assert not self._c.get_play_queue().entry

    def keeps_bookmarks(self) -> None:
        song = self._song("piano 0")
        for position, comment in ((700, None), (900, "the tune")):
            assert self._c.create_bookmark(song.id, position, comment)
        (mark,) = self._c.get_bookmarks()
        assert (mark.entry.id, mark.position, mark.comment, mark.username) == (
            song.id,
            900,
            "the tune",
            self._house.user_name,
        )
        assert self._c.delete_bookmark(song.id)
        assert self._c.get_bookmarks() == []

    def scrobbles(self) -> None:
        song = self._song(self._own_song)
        before = song.play_count
        self._c.scrobble(song.id, submission=False)
        assert song.id in {entry.id for entry in self._c.get_now_playing()}
        when = int(time.time()) - 3_600 * (1 + before)
        self._c.scrobble(song.id, submission=True, listen_time=when)
        self._c.scrobble(song.id, submission=True, listen_time=when)
        assert self._c.get_song(song.id).play_count == before + 1
        self._c.report_playback(song.id, "song", 0, "starting")
        self._c.report_playback(song.id, "song", 1_400, "stopped")
        assert self._c.get_song(song.id).play_count == before + 2

    def finds_what_sounds_alike(self) -> None:
        song = self._song("piano 0")
        assert self._c.get_similar_songs2(song.artist_id, count=3)
        assert self._c.get_similar_songs(song.id, count=3)[0].title in ("piano 1", "Listed ada")
        match, *_ = self._c.get_sonic_similar_tracks(song.id, count=2)
        assert 0.8 < match.similarity <= 1.0
        path = self._c.find_sonic_path(song.id, self._song("metal 2").id, count=4)
        assert (path[0].entry.title, path[-1].entry.title) == ("piano 0", "metal 2")
        assert {each.title for each in self._c.get_top_songs("Artist 0")} == {"piano 0", "piano 1"}

    def shows_what_was_composed(self) -> None:
        found = self._c.search3("", song_count=500, music_folder_id=COMPOSED_FOLDER).song
        assert [song.title for song in found] == ["Listed ada"]
        (song,) = found
        assert (song.artist, song.groupings) == ("ada's studio", ["ai-generated"])
        assert "no person wrote" in (song.comment or "")
        assert self._read(song.id).startswith(b"fLaC")
        indexes = self._c.get_indexes(music_folder_id=COMPOSED_FOLDER)
        assert [artist.name for index in indexes.index for artist in index.artist] == ["ada's studio"]

    def _song(self, title: str) -> Child:
        return next(song for song in self._c.search3(title).song if song.title == title)

    def _read(self, song_id: str, **asked: Any) -> bytes:
        return self._bytes(lambda: self._c.stream(song_id, **asked))

    def _downloaded(self, song_id: str) -> bytes:
        return self._bytes(lambda: self._c.download(song_id))

    def _bytes(self, ask: Callable[[], Any]) -> bytes:
        response = ask()
        return asyncio.run_coroutine_threadsafe(response.read(), self._c._loop).result()
