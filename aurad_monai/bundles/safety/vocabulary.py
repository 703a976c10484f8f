# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Allow-list of names in config expressions: builtins, modules, library functions, attributes, environment variables."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


BUILTINS = words(
    """
    abs all any bool dict enumerate float int len list max min range reversed round set sorted str sum tuple
    zip
    """
)

MODULES = words(
    """
    datetime glob math monai numpy os torch torch.distributed torch.nn torch.nn.functional torch.optim
    """
)
"""What `import` may name."""

DEFAULT_NAMES = {"monai": "monai", "torch": "torch", "np": "numpy", "numpy": "numpy"}
"""What MONAI puts into every expression without an import."""

LEAVES = words(
    """
    datetime.timedelta glob.glob math.ceil math.exp math.floor math.log math.pi math.prod math.sqrt
    numpy.arange numpy.argmax numpy.array numpy.clip numpy.concatenate numpy.float32 numpy.float64 numpy.int64
    numpy.linspace numpy.max numpy.mean numpy.min numpy.ones numpy.pi numpy.prod numpy.stack numpy.uint8
    numpy.zeros os.cpu_count os.path.basename os.path.dirname os.path.exists os.path.isdir os.path.isfile
    os.path.join os.path.splitext torch.amp.GradScaler torch.arange torch.argmax torch.as_tensor
    torch.bfloat16 torch.bool torch.cat torch.channels_last torch.contiguous_format torch.cuda.current_device
    torch.cuda.device_count torch.cuda.is_available torch.cuda.set_device torch.device
    torch.distributed.barrier torch.distributed.destroy_process_group torch.distributed.get_rank
    torch.distributed.get_world_size torch.distributed.init_process_group torch.distributed.is_available
    torch.distributed.is_initialized torch.float16 torch.float32 torch.float64 torch.from_numpy torch.int64
    torch.linspace torch.long torch.manual_seed torch.ones torch.sigmoid torch.softmax torch.stack
    torch.tensor torch.uint8 torch.zeros
    """
)
"""Library functions and constants, by full name."""

CALLABLE = (
    "monai.data.utils",
    "monai.handlers.utils",
    "monai.transforms.compose",
    "monai.utils.misc.set_determinism",
    "torch.nn",
    "torch.optim",
)
"""Where else, beside this package, what an expression calls may be defined; the rest of MONAI is for `_target_`, where
arguments have names by which they can be judged."""

ENVIRONMENT = frozenset({"LOCAL_RANK", "RANK", "WORLD_SIZE"})
"""Environment variables that a config may read."""

ATTRIBUTES = words(
    """
    affine argmax astype batch bool controlnet cpu cuda data dataset decode detach device dtype ema_model
    encode endswith epoch eval factor fit flatten float from_file get half int item items iteration
    keep_encoder keys latent_channels latent_shape load_state_dict long lower max max_epochs mean metrics
    min module named_parameters network numpy output parameters permute replace requires_grad_ reshape run
    sample scale_factor shape sigmoid softmax split squeeze startswith state state_dict std strip sum to
    tolist train transform transpose unsqueeze upper values
    """
)
"""Attributes and methods of objects. None leads to a module, to source code or to a frame of the interpreter."""
