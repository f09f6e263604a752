"""The cases of the gallery: ten sick and three healthy programs on real data, short and long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One program and what to see in its report."""

    name: str
    title: str
    program: str
    """from the root of the repository"""
    told: str
    expects: tuple[str, ...] = ()
    """codes that must stand in the answer; none for a healthy program, which must raise no alarm"""
    options: tuple[str, ...] = ()
    """of `unstuck run`"""


CASES = (
    Case(
        name="digits",
        title="It learned, and is still wrong",
        program="examples/digits.py",
        expects=("LOS101",),
        told=(
            "A small network on handwritten digits reaches 97 %. Its softmax stands before a loss "
            "that takes one itself, so no example's loss can fall below 1.46: the curve looks plausible, the "
            "confidence is worthless."
        ),
    ),
    Case(
        name="verified",
        title="Gradients that nobody clears, and the proof",
        program="tests/rules/LOP101/sick.py",
        expects=("LOP101",),
        options=("--verify-budget", "60"),
        told=(
            "Handwritten digits again; the network seems to learn a little. The remedy is tried as a "
            "controlled experiment: same start, same data, same random numbers, gradients cleared. The answer "
            "says by how much it helps, and shows the change as a diff."
        ),
    ),
    Case(
        name="transformer",
        title="A transformer of which only the head learns",
        program="examples/transformer.py",
        expects=("OPT105", "ARC113"),
        told=(
            "The optimiser was given the parameters of the last layer, and a rectifier stands behind that "
            "layer. The loss falls all the same: a linear head on random features learns something."
        ),
    ),
    Case(
        name="gan",
        title="A GAN whose generator never moves",
        program="examples/gan.py",
        expects=("LOP102",),
        told=(
            "One `detach` too many: the generator's loss has no way back to the generator. The "
            "discriminator's curve looks like a success."
        ),
    ),
    Case(
        name="crash",
        title="A crash, diagnosed all the same",
        program="examples/crash.py",
        expects=("SCL101",),
        told=(
            "The script ends with an exception in step 61. Its traceback is printed as always; the answer "
            "says how far it came, and what was wrong until then."
        ),
    ),
    Case(
        name="diverged",
        title="From 1.0 to NaN in four steps",
        program="tests/rules/CRV107/sick.py",
        expects=("OPT102",),
        told=(
            "A learning rate of 2 on the diabetes data. The NaN and the divergence are consequences, and "
            "folded under the cause."
        ),
    ),
    Case(
        name="dead",
        title="It answers the majority class",
        program="tests/rules/DAT102/sick.py",
        expects=("ARC101", "DAT102"),
        told=(
            "Breast cancer data, and every hidden unit is dead: the network gives the same answer to "
            "everybody, and is right for most."
        ),
    ),
    Case(
        name="overfit",
        title="Learned by heart",
        program="tests/rules/CRV103/sick.py",
        expects=("CRV103",),
        told=(
            "Few patients, a large network, many epochs. The training loss is perfect, the held-out loss "
            "turned long ago."
        ),
    ),
    Case(
        name="broadcast",
        title="A column against a row",
        program="tests/programs/several/diabetes_column_against_row.py",
        expects=("LOS107",),
        told=(
            "Outputs of shape (N, 1) against targets of shape (N): the loss compares everybody with "
            "everybody, and the best that the network can do is the mean."
        ),
    ),
    Case(
        name="forgotten",
        title="The encoder that nobody optimises",
        program="tests/programs/several/encoder_forgotten_relu_scores.py",
        expects=("OPT105", "ARC113"),
        told=(
            "Two modules, one optimiser, and the list of parameters of one of them. Two causes, told as two."
        ),
    ),
    Case(
        name="gpt",
        title="Healthy: a small GPT",
        program="tests/programs/healthy/tiny_gpt_on_markov_text.py",
        told=(
            "A causal transformer on text from a second-order Markov source. Nothing is found, and the answer "
            "says what was looked at."
        ),
    ),
    Case(
        name="cnn",
        title="Healthy: a convolutional network",
        program="tests/programs/healthy/cnn_on_digits.py",
        told=(
            "The usual loop over a loader, evaluated after every epoch."
        ),
    ),
    Case(
        name="dcgan",
        title="Healthy: a GAN",
        program="tests/programs/healthy/dcgan_on_digits.py",
        told=(
            "Two networks against each other: neither loss falls, and neither should. Rules that rest on the "
            "height of a loss stay silent."
        ),
    ),
)
