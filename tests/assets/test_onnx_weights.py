"""Reading torch weights out of an int8 ONNX export: small graphs for every operator, then the packaged export."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from app.assets import packages as asset_packages
from app.assets.onnx_weights import (
    MODULES,
    ConversionFailed,
    convert,
    expected_shapes,
    module_path,
    parameter,
    read_tensors,
    weight_norm_pair,
)


def graph(*nodes: onnx.NodeProto, **constants: np.ndarray) -> onnx.GraphProto:
    """A graph with constants; their names have ``__`` for a full stop."""
    initializers = [
        numpy_helper.from_array(np.asarray(value), name.replace("__", ".")) for name, value in constants.items()
    ]
    return helper.make_graph(list(nodes), "export", [], [], initializer=initializers)


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ("/decoder/decoder/generator/resblocks.4/convs1.0/Conv_quant", "decoder.generator.resblocks.4.convs1.0"),
        ("/encoder/text_encoder/cnn.0/cnn.0.0/Conv_quant", "text_encoder.cnn.0.0"),
        ("/decoder/decoder/asr_res/asr_res.0/Conv_quant", "decoder.asr_res.0"),
        ("/encoder/F0.1/norm1/fc/Gemm_MatMul_quant", "predictor.F0.1.norm1.fc"),
        ("/encoder/shared/LSTM_quant", "predictor.shared"),
        ("/encoder/predictor/text_encoder/lstms.0/LSTM_quant", "predictor.text_encoder.lstms.0"),
        ("/encoder/bert_encoder/MatMul_quant", "bert_encoder"),
    ],
)
def test_a_node_name_tells_the_module(node: str, path: str) -> None:
    assert module_path(node) == path


def test_an_integer_convolution_becomes_its_float_weight() -> None:
    node = helper.make_node(
        "ConvInteger", ["x", "w_quantized", "x_zero", "shared_zero"], ["y"], "/encoder/F0_proj/Conv"
    )
    quantized = np.array([[[0, 128, 255]], [[130, 127, 128]]], np.uint8)
    tensors = read_tensors(
        graph(node, w_quantized=quantized, w_scale=np.float32(0.5), shared_zero=np.array(128, np.uint8))
    )
    assert tensors["predictor.F0_proj.weight"].tolist() == [[[-64, 0, 63.5]], [[1, -0.5, 0]]]


def test_a_convolution_with_a_scale_per_channel_is_refused_rather_than_misread() -> None:
    node = helper.make_node("ConvInteger", ["x", "w_quantized", "x_zero", "zero"], ["y"], "/encoder/F0_proj/Conv")
    scales = np.array([1, 2, 3], np.float32)
    with pytest.raises(ConversionFailed, match="F0_proj"):
        read_tensors(
            graph(node, w_quantized=np.zeros((3, 1, 3), np.uint8), w_scale=scales, zero=np.array(128, np.uint8))
        )


def test_an_integer_product_is_transposed_and_scaled_by_column() -> None:
    node = helper.make_node(
        "MatMulInteger", ["x", "w_quantized", "x_zero", "zero"], ["y"], "/encoder/bert_encoder/MatMul"
    )
    tensors = read_tensors(
        graph(
            node,
            w_quantized=np.array([[1, 2], [3, 4], [5, 6]], np.int8),
            w_scale=np.array([1, 10], np.float32),
            zero=np.array([0, 1], np.int8),
        )
    )
    assert tensors["bert_encoder.weight"].tolist() == [[1, 3, 5], [10, 30, 50]]


def test_a_layer_that_runs_again_keeps_the_name_of_its_first_run() -> None:
    nodes = [
        helper.make_node("MatMulInteger", ["x", "w_quantized", "x_zero"], ["y"], f"/encoder/bert/layer/{name}/MatMul")
        for name in ("query", "query_1", "query_2")
    ]
    tensors = read_tensors(graph(*nodes, w_quantized=np.ones((2, 2), np.int8), w_scale=np.float32(1)))
    assert list(tensors) == ["bert.layer.query.weight"]


def test_floats_are_taken_as_they_are() -> None:
    tensors = read_tensors(
        graph(
            helper.make_node("Conv", ["x", "post"], ["a"], "/decoder/decoder/generator/conv_post/Conv"),
            helper.make_node("ConvTranspose", ["x", "up"], ["b"], "/decoder/decoder/generator/ups.0/ConvTranspose"),
            helper.make_node("MatMul", ["x", "linear"], ["c"], "/decoder/decoder/generator/m_source/l_linear/MatMul"),
            helper.make_node("MatMul", ["x", "y"], ["d"], "/encoder/MatMul_1"),
            post=np.full((2, 1, 3), 1, np.float32),
            up=np.full((3, 2, 4), 2, np.float32),
            linear=np.arange(9, dtype=np.float32).reshape(9, 1),
            decoder__decoder__encode__conv1__bias=np.full(4, 4, np.float32),
        )
    )
    assert tensors.keys() == {
        "decoder.generator.conv_post.weight",
        "decoder.generator.ups.0.weight",
        "decoder.generator.m_source.l_linear.weight",
        "decoder.encode.conv1.bias",
    }
    assert tensors["decoder.generator.ups.0.weight"].shape == (3, 2, 4)
    assert tensors["decoder.generator.m_source.l_linear.weight"].tolist() == [list(range(9))]


def test_an_embedding_is_read_with_the_zero_point_of_its_dequantisation() -> None:
    tensors = read_tensors(
        graph(
            helper.make_node("Gather", ["w_quantized", "ids"], ["g"], "/encoder/text_encoder/embedding/Gather_quant"),
            helper.make_node("DequantizeLinear", ["g", "w_scale", "zero"], ["y"], "dequantize"),
            w_quantized=np.array([[1, 2], [3, 4]], np.int8),
            w_scale=np.float32(0.25),
            zero=np.array(2, np.int8),
        )
    )
    assert tensors["text_encoder.embedding.weight"].tolist() == [[-0.25, 0], [0.25, 0.5]]


@pytest.mark.parametrize("direction", [0, 1])
def test_an_lstm_computes_with_torch_what_the_export_computes(direction: int) -> None:
    """Both directions of a quantised LSTM, each against ONNX's own definition of the operator."""
    inputs, hidden, steps = 5, 3, 4
    generator = np.random.default_rng(0)
    weights = generator.integers(-100, 100, (2, inputs, 4 * hidden)).astype(np.int8)
    recurrent = generator.integers(-100, 100, (2, hidden, 4 * hidden)).astype(np.int8)
    scales, zero_points = np.array([0.01, 0.02], np.float32), np.array([3, -2], np.int8)
    biases = generator.normal(size=(2, 8 * hidden)).astype(np.float32)
    names = ["x", "w", "r", "b", "", "h", "c", "", "scale", "zero", "scale", "zero"]
    tensors = read_tensors(
        graph(
            helper.make_node("DynamicQuantizeLSTM", names, ["y"], "/encoder/shared/LSTM_quant"),
            w=weights,
            r=recurrent,
            b=biases,
            scale=scales,
            zero=zero_points,
        )
    )
    suffix = ("l0", "l0_reverse")[direction]
    ours = torch.nn.LSTM(inputs, hidden)
    ours.load_state_dict(
        {
            f"{kind}_{gate}_l0": torch.from_numpy(tensors[f"predictor.shared.{kind}_{gate}_{suffix}"].copy())
            for kind in ("weight", "bias")
            for gate in ("ih", "hh")
        }
    )

    def dequantized(values: np.ndarray) -> np.ndarray:
        return ((values[direction].astype(np.float32) - zero_points[direction]) * scales[direction]).T[None]

    x = generator.normal(size=(steps, 1, inputs)).astype(np.float32)
    definition = helper.make_graph(
        [helper.make_node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=hidden)],
        "lstm",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "w", "r", "b")],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    (theirs,) = ReferenceEvaluator(helper.make_model(definition)).run(
        None,
        {"x": x, "w": dequantized(weights), "r": dequantized(recurrent), "b": biases[direction][None]},
    )
    with torch.no_grad():
        np.testing.assert_allclose(ours(torch.from_numpy(x))[0].numpy(), theirs[:, 0], atol=1e-5)


def test_weight_normalisation_gives_the_weight_back_and_no_nan_for_rows_of_zeros() -> None:
    weight = np.array([[[3, 4]], [[0, 0]], [[-1, 0]]], np.float32)
    direction, length = weight_norm_pair(weight)
    assert length.shape == (3, 1, 1)
    module = torch._weight_norm(torch.from_numpy(direction), torch.from_numpy(length), 0)
    np.testing.assert_allclose(module.numpy(), weight, atol=1e-6)


def test_what_no_export_holds_is_neutral() -> None:
    assert parameter("bert.pooler.bias", (3,), {}).tolist() == [0, 0, 0]
    assert parameter("decoder.encode.norm1.norm.weight", (2,), {}).tolist() == [1, 1]
    assert parameter("decoder.encode.norm1.norm.bias", (2,), {}).tolist() == [0, 0]


@pytest.mark.parametrize(
    "name", ["decoder.encode.conv1.weight_v", "bert_encoder.bias", "bert.embeddings.LayerNorm.bias"]
)
def test_a_parameter_that_the_export_lacks_is_named(name: str) -> None:
    with pytest.raises(ConversionFailed, match=name):
        parameter(name, (1,), {})


@pytest.fixture(scope="module")
def export() -> bytes:
    return asset_packages.model_export()


@pytest.fixture(scope="module")
def checkpoint(export: bytes) -> dict[str, dict[str, torch.Tensor]]:
    return convert(export, asset_packages.model_config())


def test_the_packaged_export_fills_every_parameter(checkpoint: dict[str, dict[str, torch.Tensor]]) -> None:
    assert tuple(checkpoint) == MODULES
    flat = {f"{module}.{key}": tensor for module, tensors in checkpoint.items() for key, tensor in tensors.items()}
    assert {name: tuple(tensor.shape) for name, tensor in flat.items()} == expected_shapes(
        asset_packages.model_config()
    )
    assert {tensor.dtype for tensor in flat.values()} == {torch.float32}
    assert all(torch.isfinite(tensor).all() for tensor in flat.values())


def test_only_what_nobody_trained_is_filled_in(export: bytes) -> None:
    tensors = read_tensors(onnx.load_model_from_string(export).graph)
    filled_in = [
        name
        for name in expected_shapes(asset_packages.model_config())
        if name not in tensors and name.replace("weight_v", "weight").replace("weight_g", "weight") not in tensors
    ]
    assert {name for name in filled_in if ".norm." not in name} == {"bert.pooler.weight", "bert.pooler.bias"}


def test_an_export_of_another_model_is_refused(export: bytes) -> None:
    config = {**asset_packages.model_config(), "n_token": 200}
    with pytest.raises(ConversionFailed, match=r"word_embeddings.*\[178, 128\].*\[200, 128\]"):
        convert(export, config)
