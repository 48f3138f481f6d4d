from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import distributed, multiprocessing, nn

from generator.training.loop import LoopConfig, fit


def line() -> nn.Linear:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return nn.Linear(3, 1)


def two_layers() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 8), nn.Linear(8, 1))


def train(network: nn.Module, path: Path, *, stop_at: int | None = None) -> list[dict[str, float]]:
    config = LoopConfig(
        steps=60, learning_rate=0.05, hidden_parts=("0.",), warmup_steps=5, checkpoint_every=20
    )

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        if number == stop_at:
            raise KeyboardInterrupt
        examples = torch.randn(32, 3, generator=rng)
        wanted = examples @ torch.tensor([[1.0], [-2.0], [0.5]])
        return (network(examples).float() - wanted).square().mean(), {}

    return fit(network, step, config, path, lambda share, words: None)  # noqa: ARG005  # nobody watches


def test_training_learns(tmp_path: Path) -> None:
    network = line()
    curve = train(network, tmp_path / "loop.ckpt")
    assert curve[-1]["loss"] < 0.3 * curve[0]["loss"]


@pytest.mark.parametrize("build", [line, two_layers])
def test_training_cut_off_ends_like_training_in_one_go(
    tmp_path: Path, build: Callable[[], nn.Module]
) -> None:
    whole, resumed = build(), build()
    train(whole, tmp_path / "whole.ckpt")
    with pytest.raises(KeyboardInterrupt):
        train(resumed, tmp_path / "resumed.ckpt", stop_at=47)
    again = build()
    train(again, tmp_path / "resumed.ckpt")
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_matrices_of_hidden_parts_move_by_orthogonal_steps(tmp_path: Path) -> None:
    network = two_layers()
    before = network[0].weight.detach().clone()
    config = LoopConfig(steps=1, learning_rate=1e-3, hidden_parts=("0.",), warmup_steps=1, weight_decay=0.0)

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        del number
        examples = torch.randn(64, 3, generator=rng)
        return network[0](examples).float().square().mean(), {}

    fit(network, step, config, tmp_path / "loop.ckpt", lambda share, words: None)  # noqa: ARG005  # nobody watches
    lengths = torch.linalg.svdvals(network[0].weight - before)
    assert lengths.min() > 0.5 * lengths.max()


def test_the_learning_rate_rises_holds_and_falls() -> None:
    config = LoopConfig(steps=1000, learning_rate=1.0, warmup_steps=100)
    assert config.rate(0) == pytest.approx(0.01)
    assert config.rate(200) == pytest.approx(1.0)
    assert config.rate(999) == pytest.approx(0.05, abs=0.01)


def _train_a_shard(shard: int, folder: str) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=(Path(folder) / "meeting").as_uri(), rank=shard, world_size=2
    )
    network = line()
    config = LoopConfig(steps=40, learning_rate=0.05, warmup_steps=5, checkpoint_every=20, shard=shard)

    def step(number: int, rng: torch.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        del number
        # each shard sees half of what is to be learnt, so neither could learn it alone
        examples = torch.randn(32, 3, generator=rng) * torch.tensor([1.0 - shard, float(shard), 1.0])
        return (
            network(examples).float() - examples @ torch.tensor([[1.0], [-2.0], [0.5]])
        ).square().mean(), {}

    fit(network, step, config, Path(folder) / "loop.ckpt", lambda share, words: None)  # noqa: ARG005  # nobody watches
    torch.save(network.state_dict(), Path(folder) / f"shard {shard}.pt")
    distributed.destroy_process_group()


def test_shards_step_together_and_learn_what_each_of_them_saw(tmp_path: Path) -> None:
    multiprocessing.spawn(_train_a_shard, args=(str(tmp_path),), nprocs=2)
    first, second = (torch.load(tmp_path / f"shard {shard}.pt", weights_only=True) for shard in (0, 1))
    assert torch.equal(first["weight"], second["weight"])
    assert first["weight"][0, 0] > 0.5
    assert first["weight"][0, 1] < -0.5
