"""One request after another, until the parent closes our input."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np

from service.audio_decoder.excerpts import read_excerpts
from service.audio_decoder.identity import identify
from service.audio_decoder.limits import allow_cpu_seconds, hold_down, peak_memory_kb
from service.audio_decoder.listening import Wanted, listen
from service.audio_decoder.measuring import measure
from service.audio_decoder.opening import open_audio
from service.audio_decoder.pictures import embedded_picture, read_picture, reduced
from service.audio_decoder.reading import AudioFile, UnreadableError
from service.audio_decoder.resampling import in_larger_pieces, mixed_to_mono, resampled
from service.audio_decoder.spectrogram import spectrogram
from service.audio_decoder.tags import read_tags

Request = dict[str, Any]
Send = Callable[[Request, bytes], None]


def _probe(audio: AudioFile) -> Request:
    facts = audio.facts
    return {
        "duration_seconds": float(facts.duration),
        "sample_rate": facts.sample_rate,
        "channels": facts.channels,
        "codec": facts.codec,
        "bit_rate": facts.bit_rate,
    }


def _answer_probe(request: Request, _send: Send) -> tuple[Request, bytes]:
    with open_audio(_path(request)) as audio:
        return _probe(audio), b""


def _answer_identify(request: Request, _send: Send) -> tuple[Request, bytes]:
    with open_audio(_path(request)) as audio:
        return {"content_hash": identify(audio), "probe": _probe(audio)}, b""


def _answer_tags(request: Request, _send: Send) -> tuple[Request, bytes]:
    return {"tags": read_tags(_path(request))}, b""


def _answer_excerpts(request: Request, _send: Send) -> tuple[Request, bytes]:
    seconds = Fraction(request["seconds"]).limit_denominator(1_000_000)
    with open_audio(_path(request)) as audio:
        excerpts = read_excerpts(audio, request["count"], seconds, request["sample_rate"])
    return {"count": excerpts.shape[0]}, excerpts.tobytes()


def _answer_load(request: Request, send: Send) -> tuple[Request, bytes]:
    with open_audio(_path(request)) as audio:
        sample_rate = request["sample_rate"] or audio.facts.sample_rate
        channels = 1 if request["mono"] else audio.facts.channels
        sent_samples = 0
        for piece in _wanted(audio, request, sample_rate):
            sent_samples += piece.shape[1]
            if sent_samples * channels > request["most_values"]:
                minutes = request["most_values"] / channels / sample_rate / 60
                raise UnreadableError(
                    "audio_too_long", f"It is longer than the {minutes:.0f} minutes that fit here."
                )
            send({"piece": piece.shape[1]}, np.ascontiguousarray(piece.T).tobytes())
    return {"channels": channels, "sample_rate": sample_rate}, b""


def _answer_measure(request: Request, _send: Send) -> tuple[Request, bytes]:
    with open_audio(_path(request)) as audio:
        measured = measure(audio, request["parts"])
    return asdict(measured), b""


def _answer_spectrogram(request: Request, _send: Send) -> tuple[Request, bytes]:
    with open_audio(_path(request)) as audio:
        return {}, spectrogram(audio, request["columns"], request["rows"])


def _answer_listen(request: Request, send: Send) -> tuple[Request, bytes]:
    wanted = Wanted(
        excerpts=request["count"],
        excerpt_seconds=Fraction(request["seconds"]).limit_denominator(1_000_000),
        middle_seconds=Fraction(request["middle_seconds"]).limit_denominator(1_000_000),
        parts=request["parts"],
        sample_rate=request["sample_rate"],
    )
    with open_audio(_path(request)) as audio:
        listened = listen(audio, wanted)
    send({"piece": listened.excerpts.shape[0]}, listened.excerpts.tobytes())
    facts = {"measures": vars(listened.measured), "measuring_cpu_seconds": listened.measuring_cpu_seconds}
    return facts | {"count": listened.excerpts.shape[0]}, listened.middle.tobytes()


def _answer_embedded_picture(request: Request, _send: Send) -> tuple[Request, bytes]:
    found = embedded_picture(_path(request))
    return {}, b"" if found is None else reduced(found, request["side"])


def _answer_picture(request: Request, _send: Send) -> tuple[Request, bytes]:
    return {}, reduced(read_picture(_path(request)), request["side"])


def _wanted(audio: AudioFile, request: Request, sample_rate: int) -> Any:
    pieces = in_larger_pieces(audio.read_on(Fraction(request["start_seconds"])))
    layout = audio.facts.layout
    if request["mono"]:
        pieces, layout = map(mixed_to_mono, pieces), "mono"
    left = None if request["max_seconds"] is None else round(request["max_seconds"] * sample_rate)
    for piece in resampled(pieces, layout, audio.facts.sample_rate, sample_rate):
        yield piece if left is None else piece[:, :left]
        if left is not None:
            left -= piece.shape[1]
            if left <= 0:
                return


def _path(request: Request) -> bytes:
    return bytes.fromhex(request["path"])


ANSWERS: dict[str, Callable[[Request, Send], tuple[Request, bytes]]] = {
    "probe": _answer_probe,
    "identify": _answer_identify,
    "tags": _answer_tags,
    "excerpts": _answer_excerpts,
    "load": _answer_load,
    "measure": _answer_measure,
    "spectrogram": _answer_spectrogram,
    "listen": _answer_listen,
    "embedded_picture": _answer_embedded_picture,
    "picture": _answer_picture,
}


def answer(request: Request, send: Send) -> None:
    """Do what is asked and send its last message: ``done`` or ``failed`` with code and reason."""
    allow_cpu_seconds(request["cpu_seconds"])
    try:
        done, data = ANSWERS[request["do"]](request, send)
    except UnreadableError as error:
        send({"failed": {"code": error.code, "reason": str(error)}}, b"")
    except OSError as error:
        reason = f"It cannot be opened: {error.strerror or 'input/output error'}."
        send({"failed": {"code": "unreadable_file", "reason": reason}}, b"")
    except MemoryError:
        reason = "Decoding it needs more memory than a track may use."
        send({"failed": {"code": "decoding_stopped", "reason": reason}}, b"")
    except Exception as error:  # noqa: BLE001  # a file nobody thought of must not end the scan of all others
        reason = f"The decoder failed on it ({type(error).__name__})."
        send({"failed": {"code": "decoding_stopped", "reason": reason}}, b"")
    else:
        send({"done": done}, data)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""

    def send(message: Request, data: bytes) -> None:
        spent = {"peak_memory_kb": peak_memory_kb(), "cpu_seconds": time.process_time()}
        header = {**message, "bytes": len(data), **spent}
        answers.write(json.dumps(header).encode("ascii") + b"\n" + data)
        answers.flush()

    send({"ready": True}, b"")
    for line in requests:
        answer(json.loads(line), send)


def main() -> None:
    """Serve the parent process, within limits."""
    av.logging.set_level(None)
    hold_down()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
