"""Kokoro's torch weights, read back out of its int8 ONNX export.

The export folds weight normalisation into the weights, quantises them to 8 bits and keeps a module's name only as a
path in front of the operator. Here the integers become float32 again, each under the name that the module itself
gives it, so that ``kokoro.KModel`` loads the result as it loads the original checkpoint.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.messages import FloatArray

if TYPE_CHECKING:
    import onnx
    import torch

MODULES = ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")
"""The parts of ``KModel``, the keys of its checkpoint."""

QUANTIZED_SUFFIX = "_quantized"
SCALE_SUFFIX = "_scale"


class ConversionFailed(Exception):
    """The export does not hold what the model needs; the message names what is missing or odd."""


def convert(export: bytes, config: Mapping[str, Any], progress: bool = False) -> dict[str, dict[str, torch.Tensor]]:
    """The checkpoint of ``KModel``, from an ONNX export.

    Args:
        export: the ONNX file.
        config: the model's ``config.json``.
        progress: show a bar that counts tensors.

    Returns:
        For each of ``MODULES`` its state dict, float32, with exactly the names and shapes that the module asks for.

    Raises:
        ConversionFailed: a parameter is missing or has another shape.
    """
    import onnx
    import torch
    from tqdm import tqdm

    shapes = expected_shapes(config)
    tensors = read_tensors(onnx.load_model_from_string(export).graph)
    checkpoint: dict[str, dict[str, torch.Tensor]] = {module: {} for module in MODULES}
    for name, shape in tqdm(shapes.items(), desc="model", unit="tensor", disable=not progress):
        array = parameter(name, shape, tensors)
        if array.shape != shape:
            raise ConversionFailed(f"{name} is {list(array.shape)} in the export; the model wants {list(shape)}")
        module, _, key = name.partition(".")
        checkpoint[module][key] = torch.from_numpy(np.array(array, dtype=np.float32, order="C"))
    return checkpoint


def expected_shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter of a ``KModel`` with this ``config.json``; no memory is taken for them."""
    import torch
    from kokoro.model import KModel

    nothing = io.BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    with torch.device("meta"), warnings.catch_warnings():
        # Upstream's modules use calls that torch deprecates; whoever prepares weights can do nothing about it.
        warnings.simplefilter("ignore")
        model = KModel(repo_id="hexgrad/Kokoro-82M", config=dict(config), model=nothing)
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def parameter(name: str, shape: tuple[int, ...], tensors: Mapping[str, FloatArray]) -> FloatArray:
    """One parameter as the module wants it, float32 of ``shape`` where it is not in the export as it is.

    Raises:
        ConversionFailed: the export does not hold it.
    """
    if name in tensors:
        return tensors[name]
    owner, _, last = name.rpartition(".")
    if last in ("weight_v", "weight_g") and f"{owner}.weight" in tensors:
        direction, length = weight_norm_pair(tensors[f"{owner}.weight"])
        return direction if last == "weight_v" else length
    if name.startswith("bert.pooler."):
        # ALBERT's pooler is never run, so no export has it; strict loading asks for it all the same.
        return np.zeros(shape, np.float32)
    if owner.endswith(".norm") and last in ("weight", "bias"):
        # The instance norms of AdaIN were trained without a scale and a shift of their own; upstream's module has
        # both, as ones and zeros that its own checkpoint does not hold either.
        return np.full(shape, 1 if last == "weight" else 0, np.float32)
    raise ConversionFailed(f"the export does not hold {name}")


def weight_norm_pair(weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Splits a weight, [n, ...], into weight normalisation's direction v, [n, ...], and length g, [n, 1, ...].

    The module computes ``g * v / |v|`` with the norm over all dimensions but the first.
    """
    length = np.sqrt(np.square(weight).sum(axis=tuple(range(1, weight.ndim)), keepdims=True))
    # Some rows are zero throughout, where 0 / |0| would be NaN: there any v will do beside g = 0.
    direction = np.where(length > 0, weight, np.float32(1))
    return direction, length


def read_tensors(graph: onnx.GraphProto) -> dict[str, FloatArray]:
    """Every weight that an operator of the graph uses and every float the graph names, by the name of the parameter.

    Names start with one of ``MODULES``; weights are as torch keeps them, weight normalisation still folded in.
    """
    reader = _Reader(graph)
    tensors = dict(reader.named_floats())
    seen: set[str] = set()
    for node in graph.node:
        read = _READERS.get(node.op_type)
        weight = _WEIGHT_INPUT.get(node.op_type, 1)
        if read is None or len(node.input) <= weight or node.input[weight] not in reader.initializers:
            continue
        if node.input[weight] in seen:
            # ALBERT runs one layer twelve times: its first run has the module's own name, the others a suffix.
            continue
        seen.add(node.input[weight])
        tensors.update(read(reader, node))
    return tensors


class _Reader:
    """The graph's constants, and what its node names tell."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.initializers = {initializer.name: initializer for initializer in graph.initializer}
        self._zero_points = {
            node.input[0]: node.input[2]
            for node in graph.node
            if node.op_type == "DequantizeLinear" and len(node.input) > 2
        }

    def array(self, name: str) -> NDArray[Any]:
        from onnx import numpy_helper

        if name not in self.initializers:
            raise ConversionFailed(f"the export does not hold {name!r}")
        return numpy_helper.to_array(self.initializers[name])

    def named_floats(self) -> Iterator[tuple[str, FloatArray]]:
        """Biases, norms and the like, which keep their parameter's name behind that of the exported wrapper."""
        import onnx

        for name, initializer in self.initializers.items():
            wrapper, _, parameter_name = name.partition(".")
            if wrapper in ("encoder", "decoder") and initializer.data_type == onnx.TensorProto.FLOAT:
                yield parameter_name, self.array(name)

    def dequantized(self, weight: str, zero_point: str | None) -> FloatArray:
        """float32 of an 8-bit weight whose scale and zero point hold for all of it or for its last dimension."""
        base = weight.removesuffix(QUANTIZED_SUFFIX)
        offset = self.array(zero_point).astype(np.float32) if zero_point else np.float32(0)
        return (self.array(weight).astype(np.float32) - offset) * self.array(base + SCALE_SUFFIX)

    def zero_point_after(self, output: str) -> str | None:
        """The zero point with which a quantised output is turned to floats."""
        return self._zero_points.get(output)


def module_path(node_name: str) -> str:
    """The module that a node belongs to: ``/decoder/decoder/generator/ups.0/Conv`` is ``decoder.generator.ups.0``."""
    path: list[str] = []
    for part in node_name.strip("/").split("/")[1:-1]:
        if path and part.startswith(f"{path[-1]}."):
            # Inside a list of modules the exporter writes the list's name again: cnn.0/cnn.0.1.
            path[-1] = part
        else:
            path.append(part)
    if path and path[0] not in MODULES:
        # Upstream calls these parts of the predictor from outside it, and so the export lacks its name.
        path.insert(0, "predictor")
    return ".".join(path)


def _optional(node: onnx.NodeProto, index: int) -> str | None:
    return node.input[index] if len(node.input) > index and node.input[index] else None


def _float_convolution(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    return {f"{module_path(node.name)}.weight": reader.array(node.input[1])}


def _integer_convolution(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    # A zero point or scale per output channel would belong to the first dimension, not to the last one.
    base = node.input[1].removesuffix(QUANTIZED_SUFFIX)
    for name in (_optional(node, 3), base + SCALE_SUFFIX):
        if name is not None and reader.array(name).size != 1:
            raise ConversionFailed(f"{node.name} is quantised per channel, which Kokoro's export is not")
    return {f"{module_path(node.name)}.weight": reader.dequantized(node.input[1], _optional(node, 3))}


def _float_product(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    return {f"{module_path(node.name)}.weight": reader.array(node.input[1]).T}


def _integer_product(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    return {f"{module_path(node.name)}.weight": reader.dequantized(node.input[1], _optional(node, 3)).T}


def _embedding(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    if not node.input[0].endswith(QUANTIZED_SUFFIX):
        return {}
    zero_point = reader.zero_point_after(node.output[0])
    return {f"{module_path(node.name)}.weight": reader.dequantized(node.input[0], zero_point)}


def _lstm(reader: _Reader, node: onnx.NodeProto) -> dict[str, FloatArray]:
    """Weights [directions, inputs, 4 hidden] and a bias [directions, 8 hidden] to torch's, per direction."""
    scale_input, zero_point_input = 8, 9
    tensors: dict[str, FloatArray] = {}
    biases = reader.array(node.input[3])
    for index, (weight_input, key) in enumerate(((1, "ih"), (2, "hh"))):
        weights = reader.array(node.input[weight_input]).astype(np.float32)
        scales = reader.array(node.input[scale_input + 2 * index])
        zero_points = reader.array(node.input[zero_point_input + 2 * index]).astype(np.float32)
        for direction, suffix in enumerate(("l0", "l0_reverse")[: len(weights)]):
            weight = ((weights[direction] - zero_points[direction]) * scales[direction]).T
            bias = np.split(biases[direction], 2)[index]
            tensors[f"{module_path(node.name)}.weight_{key}_{suffix}"] = torch_gates(weight)
            tensors[f"{module_path(node.name)}.bias_{key}_{suffix}"] = torch_gates(bias)
    return tensors


def torch_gates(rows: FloatArray) -> FloatArray:
    """[4 hidden, ...] from ONNX's order of the gates (input, output, forget, cell) to torch's (input, forget, cell,
    output)."""
    put_in, put_out, forget, cell = np.split(rows, 4)
    return np.concatenate((put_in, forget, cell, put_out))


_READERS: dict[str, Callable[[_Reader, onnx.NodeProto], dict[str, FloatArray]]] = {
    "Conv": _float_convolution,
    "ConvTranspose": _float_convolution,
    "ConvInteger": _integer_convolution,
    "MatMul": _float_product,
    "MatMulInteger": _integer_product,
    "Gather": _embedding,
    "DynamicQuantizeLSTM": _lstm,
}
_WEIGHT_INPUT = {"Gather": 0}
"""Where an operator takes its weight; the others take it second."""
