"""DAT121: many words that the vocabulary does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.data.view import DatasetView
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import share
from unstuck.record.events import Model, ParameterFacts
from unstuck.record.events.data.sequences import UnknownTokens as Measured
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class UnknownTokens(Rule[DatasetView | TrainingView]):
    """A large share of the words is unknown to the vocabulary, or has no vector.

    ## What it measures

    The share of the sign for an unknown word (`<unk>`, `[UNK]`, `�`, or a token with a small number that follows itself
    as unknown words do), and of a held-out split the share of words that the training split does not have. Of a frozen
    embedding the share of its vectors that are zero.

    ## Why it hurts

    All unknown words look the same to the network: what they said is lost. The usual reason is that the vocabulary was
    made from other texts, in another language, another spelling (capital letters), or with another tokeniser.

    ## How it decides

    The sign has more than the threshold's share of the words (in a watched run, where only numbers are seen, more than
    `in_runs`; of fewer than `few` tokens, only where the embedding has many more, `part_used`); or the words that the
    training split lacks are more than the threshold and clearly more than one half of the training split lacks of the
    other. Or more than `empty` of the vectors of a frozen embedding are zero: a file of vectors that ends too early, or
    has other words.

    ## Example

    ```python
    ids = [vocabulary.get(word, 1) for word in text.split()]   # the vocabulary is in small letters, the text is not
    ```

    ## Remedies

    Make the vocabulary from the training texts, with the tokeniser that is used on them; prepare all texts alike; use
    pieces of words.

    ## Known limits

    An unknown token with an unusual number is not found among the numbers of tokens.

    ## References

    Sennrich, Haddow, Birch, *Neural machine translation of rare words with subword units* (2016).
    """

    code: ClassVar[str] = "DAT121"
    name: ClassVar[str] = "unknown-tokens"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (DatasetView, TrainingView)
    of_runs: ClassVar[bool] = True
    figures: ClassVar[tuple[str, ...]] = ("data_examples.worst", "shares.reported")
    needs: ClassVar[tuple[str, ...]] = ("unknown_tokens",)

    share: float = threshold(0.08, unit="share of the words", source="corpora of language models have 3–5 %")
    in_runs: float = threshold(
        0.2, unit="share of the words of a watched run", source="without texts the commonest word may look alike"
    )
    few: float = threshold(50, unit="tokens", source="alphabets, digits, notes: one of them may be frequent")
    part_used: float = threshold(
        1 / 3, unit="of the words of the embedding", source="below few, the vocabulary of the texts is used whole"
    )
    unseen: float = threshold(0.2, unit="share of the words of a held-out split", source="random splits have 1–15 %")
    beyond: float = threshold(
        2.0, unit="× the share between halves of the training split", source="random splits are below 1"
    )

    empty: float = threshold(
        0.5, unit="share of the vectors", source="vectors of words: a fifth of a vocabulary has none, seldom a third"
    )

    def check(self, view: DatasetView | TrainingView) -> Iterator[Finding]:
        """The unknown words of the split; the words of the network without a vector."""
        if isinstance(view, TrainingView):
            for parameter in view.training.parameters.values():
                if parameter.empty_rows is not None and parameter.empty_rows > self.empty:
                    yield self._empty(view, parameter, parameter.empty_rows)
            return
        event = view.one(Measured)
        if event is None:
            return
        if event.share > (self.in_runs if view.of_run else self.share) and self._is_of_words(view, event):
            yield self._sign(view, event)
        if event.unseen_share is not None and event.unseen_expected is not None:
            limit = max(self.unseen, self.beyond * event.unseen_expected)
            if event.unseen_share > limit:
                yield self._unseen(view, event, event.unseen_share, event.unseen_expected)

    def _is_of_words(self, view: DatasetView, event: Measured) -> bool:
        """Whether there are words enough that one of them may stand for the others: a few letters are all there are.

        A small vocabulary of which a run uses only a small part was made for other texts.
        """
        if not event.token.isdigit() or max(event.used, event.largest) >= self.few or not event.used:
            return True
        modules = (module for part in view.record.parts for event in part.of(Model) for module in event.modules)
        sizes = [module.settings.get("num_embeddings") for module in modules]
        known = [size for size in sizes if isinstance(size, int)]
        return bool(known) and event.used <= self.part_used * max(known)

    def _empty(self, view: TrainingView, parameter: ParameterFacts, empty: float) -> Finding:
        words, layer = parameter.shape[0], parameter.layer
        return self.finding(
            f"{share(empty)} of the {words:,} words of the frozen embedding `{layer}` have a vector of zeros: "
            "they all look the same",
            view=view, place=view.module_place(layer),
            evidence=(
                Evidence(key="empty_share", label="vectors that are zero", value=empty, threshold=self.empty,
                         unit="share of the vectors"),
            ),
            remedies=(VECTORS,),
        )  # fmt: skip

    def _sign(self, view: DatasetView, event: Measured) -> Finding:
        what = f"token {event.token}" if event.token.isdigit() else f"`{event.token}`"
        return self.finding(
            f"{share(event.share)} of the words are unknown ({what}, {event.looked_at:,} words)",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="unknown_share", label="words that are the sign for an unknown word", value=event.share,
                         threshold=self.share, unit="share"),
            ),
            examples=view.examples(event.rows, count=len(event.rows)), remedies=(VOCABULARY,),
        )  # fmt: skip

    def _unseen(self, view: DatasetView, event: Measured, unseen: float, expected: float) -> Finding:
        return self.finding(
            f"{share(unseen)} of the words do not occur in the training split; {share(expected)} are expected",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="unknown_share", label="words that the training split lacks", value=unseen,
                         threshold=self.unseen, unit="share"),
                Evidence(key="expected_share", label="between halves of the training split", value=expected,
                         unit="share"),
            ),
            remedies=(VOCABULARY,),
        )  # fmt: skip


VOCABULARY = Remedy(
    name="make-vocabulary", applicability=Applicability.MANUAL,
    text="Make the vocabulary from the training texts; prepare all texts alike: tokeniser, capital letters, language.",
    code="vocabulary = build_vocab_from_iterator(map(tokenizer, train_texts))",
)  # fmt: skip
VECTORS = Remedy(
    name="check-vectors", applicability=Applicability.MANUAL,
    text="See that the file of vectors is whole and has these words; let the embedding learn where a word has none.",
    code="empty = (embedding.weight == 0).all(1)\nprint(empty.float().mean())",
)  # fmt: skip
