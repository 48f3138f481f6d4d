from itertools import pairwise

from generator.editing.layers import arousal_layers
from tests.generator.editing.tiny import written_band
from tests.generator.same_notes import same_notes


def test_layers_are_aligned_by_bar_and_the_middle_one_is_the_piece() -> None:
    piece = written_band(8)
    layers = arousal_layers(piece)
    assert same_notes(layers["even"].notes, piece.notes)
    for layer in layers.values():
        told = (layer.notes.bars, layer.notes.tempo_bpm, layer.notes.beats_per_bar)
        assert told == (8, 120.0, 4)
        assert (layer.asked.key, layer.asked.mode) == (piece.asked.key, piece.asked.mode)


def test_every_layer_has_more_notes_in_no_fewer_rows_and_is_louder_than_the_calmer_one() -> None:
    layers = [each.notes for each in arousal_layers(written_band(8)).values()]
    for calm, lively in pairwise(layers):
        assert calm.note_count < lively.note_count
        assert {track.row for track in calm.tracks} <= {track.row for track in lively.tracks}
        loudest = [max(int(track.velocity.max()) for track in notes.tracks) for notes in (calm, lively)]
        assert loudest[0] < loudest[1]
    assert len(layers[0].tracks) < len(layers[2].tracks)
