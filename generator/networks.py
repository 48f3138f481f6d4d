"""The default engine's weights as they lie in a folder: networks, scale, copy guard, textures, phrases, and who writes tunes."""

from dataclasses import dataclass
from pathlib import Path

from generator.checkpoint import as_written, load_network, load_tensors
from generator.codec import Codec, CodecConfig
from generator.copying.guard import PASSAGES_FILE, PassageFilter
from generator.denoiser import Denoiser, DenoiserConfig
from generator.engines.transformer import TRANSFORMER_FILE, TransformerEngine
from generator.latents import LatentScale
from generator.taste.anchors import AnchorTable
from generator.taste.phrases import PHRASES_FILE, PhraseTable
from generator.taste.textures import TEXTURES_FILE, TextureTable

CODEC_FILE, DENOISER_FILE, ANCHORS_FILE = "codec.safetensors", "denoiser.safetensors", "anchors.safetensors"


@dataclass(frozen=True, eq=False)
class Networks:
    """Codec, denoiser, the scale between them, what must not be repeated, and, where there are some: textures and phrases of
    the anchors, and the Transformer that writes tunes and judges drafts.

    `sha256` is that of the denoiser's file, which rests on all others.
    """

    codec: Codec
    denoiser: Denoiser
    scale: LatentScale
    guard: PassageFilter
    textures: TextureTable | None
    phrases: PhraseTable | None
    transformer: TransformerEngine | None
    sha256: str

    @classmethod
    def load(cls, weights_dir: Path) -> "Networks":
        """Load a folder; without textures every accompaniment is drawn from nothing, without a critic drafts are chosen by rule.

        Raises FileNotFoundError where weights are missing, ValueError where they are damaged or do not belong together.
        """
        codec_tensors, codec_config, codec_sha256 = load_tensors(weights_dir / CODEC_FILE)
        tensors, config, sha256 = load_tensors(weights_dir / DENOISER_FILE)
        with as_written(CODEC_FILE):
            codec = Codec(CodecConfig(**codec_config["codec"]))
        with as_written(DENOISER_FILE):
            scale = LatentScale(tensors.pop("scale.mean"), tensors.pop("scale.deviation"))
            denoiser = Denoiser(DenoiserConfig(**config["denoiser"]))
        load_network(codec, codec_tensors, CODEC_FILE)
        load_network(denoiser, tensors, DENOISER_FILE)
        if not (scale.mean.isfinite().all() and (scale.deviation > 0).all()):
            raise ValueError(f"{DENOISER_FILE} holds numbers that are not finite")
        if codec.config.latent_channels != denoiser.config.latent_channels:
            raise ValueError(f"{CODEC_FILE} and {DENOISER_FILE} come from different trainings")
        guard = PassageFilter.load(weights_dir / PASSAGES_FILE)
        textures = phrases = None
        if (weights_dir / TEXTURES_FILE).exists():
            passages = AnchorTable.load(weights_dir / ANCHORS_FILE).passages_key()
            textures = TextureTable.load(weights_dir / TEXTURES_FILE, codec_sha256, passages)
            phrases = PhraseTable.load(weights_dir / PHRASES_FILE, passages)
        transformer = None
        if (weights_dir / TRANSFORMER_FILE).exists():
            transformer = TransformerEngine.load(weights_dir / TRANSFORMER_FILE)
        return cls(codec.eval(), denoiser.eval(), scale, guard, textures, phrases, transformer, sha256)
