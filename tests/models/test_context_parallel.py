"""The sequence split over two processes gives what one process gives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

SCRIPT = """
import sys
import torch
import torch.distributed as dist
from diffusers import ContextParallelConfig
from recam.models import RecamTransformer3DModel

torch.set_num_threads(1)
torch.accelerator.device_count = lambda: 1  # diffusers divides by the number of accelerators, which is 0 here
dist.init_process_group("gloo")
torch.manual_seed(0)
model = RecamTransformer3DModel(
    num_attention_heads=2, attention_head_dim=12, text_dim=16, freq_dim=32, ffn_dim=48, num_layers=2,
    in_channels=4, out_channels=4, camera_init_std=0.1, source_rope="aligned", ray_features=True,
    tan_half_fov=0.5,
).eval()
shapes = {"hidden_states": (1, 4, 3, 4, 6), "source_hidden_states": (1, 4, 3, 4, 6),
          "encoder_hidden_states": (1, 6, 16), "camera": (1, 3, 12)}
x = {name: torch.randn(shape) for name, shape in shapes.items()} | {"timestep": torch.tensor([500.0])}
tokens = []
model.blocks[1].ffn.register_forward_pre_hook(lambda _, args: tokens.append(args[0].shape[1]))
with torch.no_grad():
    alone = model(**x)
    model.enable_parallelism(config=ContextParallelConfig(ulysses_degree=2))
    together = model(**x)
assert tokens == [36, 18], tokens
torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)
dist.destroy_process_group()
"""


def test_two_processes_equal_one() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=environment | {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=600)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], "\n".join(outputs)
