// subsonic-api, the client on npm. Standard input has {module, url, auth, post}; standard output gets {feature: "yes" | fault}.

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";

const { module, url, auth, post } = JSON.parse(await text(process.stdin));
const { SubsonicAPI } = await import(module);
const api = new SubsonicAPI({ url, auth, post });

const song = async (title) =>
  (await api.search3({ query: title })).searchResult3.song.find((each) => each.title === title);
const bytes = async (response) => Buffer.from(await (await response).arrayBuffer());

const tour = {
  "signs in": async () => {
    assert.equal((await api.ping()).status, "ok");
    assert.equal((await api.getLicense()).license.valid, true);
    assert.ok((await api.getOpenSubsonicExtensions()).openSubsonicExtensions.length > 3);
    assert.equal((await api.getUser()).user.username, "ada");
    assert.equal((await api.getScanStatus()).scanStatus.scanning, false);
    assert.equal((await api.getUsers()).users.user.length, 1);
    assert.equal((await bytes(api.getAvatar({ username: "ada" }))).subarray(0, 4).toString(), "RIFF");
    assert.deepEqual((await api.getShares()).shares.share, []);
    assert.deepEqual((await api.getInternetRadioStations()).internetRadioStations.internetRadioStation, []);
    assert.equal((await api.startScan()).error.code, 50);
  },
  browses: async () => {
    const { artists } = await api.getArtists();
    const artist = artists.index.flatMap((index) => index.artist).find((each) => each.name === "Artist 0");
    const { album } = (await api.getArtist({ id: artist.id })).artist;
    const found = (await api.getAlbum({ id: album[0].id })).album;
    assert.deepEqual(found.song.map((each) => each.title), ["piano 0", "piano 1"]);
    assert.equal((await api.getSong({ id: found.song[0].id })).song.albumId, found.id);
    assert.equal((await api.getMusicDirectory({ id: artist.id })).directory.child[0].isDir, true);
    assert.equal((await api.getMusicFolders()).musicFolders.musicFolder.length, 2);
    assert.equal((await api.getIndexes()).indexes.index.length, 1);
    assert.equal((await api.getGenres()).genres.genre[0].value, "Chamber");
    await api.getArtistInfo({ id: artist.id });
    await api.getArtistInfo2({ id: artist.id });
    await api.getAlbumInfo({ id: found.id });
    await api.getAlbumInfo2({ id: found.id });
  },
  "lists albums": async () => {
    for (const type of ["random", "newest", "frequent", "recent", "starred", "alphabeticalByName"]) {
      await api.getAlbumList({ type });
      await api.getAlbumList2({ type });
    }
    await api.getStarred();
    assert.equal((await api.getAlbumList2({ type: "newest", size: 2 })).albumList2.album.length, 2);
    assert.equal((await api.getRandomSongs({ size: 2 })).randomSongs.song.length, 2);
    assert.equal((await api.getSongsByGenre({ genre: "Chamber" })).songsByGenre.song.length, 2);
  },
  searches: async () => {
    assert.equal((await api.search3({ query: "", songCount: 100 })).searchResult3.song.length, 5);
    assert.equal((await api.search2({ query: "piano" })).searchResult2.song.length, 2);
  },
  streams: async () => {
    const { id, size } = await song("piano 0");
    const whole = await bytes(api.stream({ id }));
    assert.equal(whole.length, size);
    assert.deepEqual(await bytes(api.download({ id })), whole);
  },
  transcodes: async () => {
    const { id, size } = await song("piano 0");
    const encoded = await bytes(api.stream({ id, format: "mp3", maxBitRate: 64 }));
    assert.ok(encoded.length > 0 && encoded.length < size);
  },
  "shows covers": async () => {
    const { id, coverArt } = await song("piano 0");
    assert.equal((await bytes(api.getCoverArt({ id: coverArt, size: 90 }))).subarray(0, 4).toString(), "RIFF");
    assert.deepEqual((await api.getLyricsBySongId({ id })).lyricsList.structuredLyrics, []);
    assert.equal((await api.getLyrics({ artist: "Artist 0", title: "piano 0" })).lyrics.value, "");
  },
  "gives thumbs": async () => {
    const { id } = await song("metal 2");
    await api.star({ id });
    assert.equal((await api.getStarred2()).starred2.song[0].userRating, 5);
    await api.unstar({ id });
    await api.setRating({ id, rating: 1 });
    assert.equal((await song("metal 2")).userRating, 1);
    await api.setRating({ id, rating: 0 });
    assert.equal((await song("metal 2")).userRating, undefined);
  },
  "keeps playlists": async () => {
    const { id } = await song("piano 0");
    const { playlist } = await api.createPlaylist({ name: "Mine", songId: [id, id] });
    await api.updatePlaylist({ playlistId: playlist.id, name: "Ours", songIndexToRemove: [0] });
    assert.equal((await api.getPlaylist({ id: playlist.id })).playlist.entry.length, 1);
    const names = (await api.getPlaylists()).playlists.playlist.map((each) => each.name);
    assert.deepEqual([...new Set(names)], ["Daily mix", "Soft piano", "New for you", "Ours"]);
    await api.deletePlaylist({ id: playlist.id });
  },
  "keeps the queue": async () => {
    const { id } = await song("piano 0");
    await api.savePlayQueue({ id, current: id, position: 5 });
    assert.equal((await api.getPlayQueue()).playQueue.current, id);
  },
  "keeps bookmarks": async () => {
    const { id } = await song("choir 3");
    await api.createBookmark({ id, position: 800, comment: "the tune" });
    const [mark] = (await api.getBookmarks()).bookmarks.bookmark;
    assert.deepEqual([mark.entry.id, mark.position, mark.comment], [id, 800, "the tune"]);
    await api.deleteBookmark({ id });
    assert.deepEqual((await api.getBookmarks()).bookmarks.bookmark, []);
  },
  scrobbles: async () => {
    const { id, playCount } = await song("choir 3");
    await api.scrobble({ id, submission: false });
    assert.ok((await api.getNowPlaying()).nowPlaying.entry.some((each) => each.id === id));
    await api.scrobble({ id, time: Date.now() - 7_200_000 - 3_600_000 * playCount });
    assert.equal((await song("choir 3")).playCount, playCount + 1);
    await api.reportPlayback({ mediaId: id, mediaType: "song", state: "starting", positionMs: 0 });
    await api.reportPlayback({ mediaId: id, mediaType: "song", state: "stopped", positionMs: 1400 });
    assert.equal((await song("choir 3")).playCount, playCount + 2);
  },
  "finds what sounds alike": async () => {
    const { id, artistId } = await song("piano 0");
    assert.ok((await api.getSimilarSongs({ id })).similarSongs.song.length > 0);
    assert.ok((await api.getSimilarSongs2({ id: artistId })).similarSongs2.song.length > 0);
    assert.equal((await api.getTopSongs({ artist: "Artist 0" })).topSongs.song.length, 2);
  },
  "shows what was composed": async () => {
    const [composed] = (await api.search3({ query: "", musicFolderId: 2 })).searchResult3.song;
    assert.equal(composed.artist, "ada's studio");
    assert.deepEqual(composed.groupings, ["ai-generated"]);
  },
};

const found = {};
for (const [feature, step] of Object.entries(tour)) {
  try {
    await step();
    found[feature] = "yes";
  } catch (fault) {
    found[feature] = String(fault.stack);
  }
}
process.stdout.write(JSON.stringify(found));
