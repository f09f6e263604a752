from __future__ import annotations

import dataclasses
import json
import re

import jsonschema
import pytest
from experiment_runs import BESIDE, BROKEN, BURST, CLIP, FASTER, FLAT, NORM, OUT, effect, results, tried
from test_html import checked

from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import Reason, TrialVerdict
from unstuck.core.finding import Applicability, Confidence, Examples
from unstuck.core.trial_verdict import by_importance
from unstuck.figures.experiment_curves import experiment_curves
from unstuck.report.page import page
from unstuck.show.diff import lines_of
from unstuck.show.json import published_schema, to_json
from unstuck.show.proofs import after_the_answer, conclusion, effect_in_words, ended, gain_in_words, judged
from unstuck.show.terminal import render
from unstuck.show.terminal_experiments import not_tested

PATCH = """\
--- train.py
+++ train.py
@@ -1,3 +1,3 @@
 from torch import nn
-head = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
+head = nn.Sequential(nn.Linear(64, 10))
 loss = F.cross_entropy(head(x), y)  # the end
"""
PATCHES = {(1, "raw-scores"): PATCH}


def for_remedy(trials, **of_trial):
    return [dataclasses.replace(one, codes=("LOS101",), remedies=("raw-scores",), **of_trial) for one in trials]


def judged_first(diagnosis):
    finding = diagnosis.findings[0].finding
    return judged(finding, finding.remedies[0], diagnosis)


# ---- data ------------------------------------------------------------------------------------------------


def test_the_json_has_the_proof_of_each_remedy_and_everything_that_was_tried(sick, golden):
    said = to_json(tried(sick[1]), sick[1])
    jsonschema.Draft202012Validator(published_schema()).validate(said)
    golden("experiments.json", json.dumps(said["experiments"], indent=1, ensure_ascii=False) + "\n")
    experiment = said["findings"][0]["remedies"][0]["experiment"]
    assert experiment["verdict"] == "verified"
    assert experiment["effect"]["change"] == "remove-output-activation"
    assert experiment["effect"]["pairs"] == 3
    gains = [one["effect"]["gain"] for one in said["experiments"]["trials"] if one["effect"]]
    assert gains == sorted(gains, reverse=True)


def test_without_experiments_the_json_says_so(sick):
    said = to_json(*sick)
    assert said["experiments"] is None
    assert said["findings"][0]["remedies"][0]["experiment"] == {"verdict": "not tested", "why": "no experiment was run"}


VERIFIED, REFUTED, NOT_TESTED = TrialVerdict.VERIFIED, TrialVerdict.REFUTED, TrialVerdict.NOT_TESTED
FEW = dataclasses.replace(FASTER, verdict=NOT_TESTED, reason=Reason.FEW_PAIRS)


@pytest.mark.parametrize(
    ("trials", "proof", "why"),
    [
        ([OUT, BURST], VERIFIED, "with remove-output-activation the loss ends 95 % below the baseline loss"),
        ([FASTER, CLIP], TrialVerdict.NO_DIFFERENCE, "with learning-rate × 10"),
        (
            [BURST], TrialVerdict.REFUTED,
            "100 % or more above the baseline loss (1 % above it without the change; 1 pair)",
        ),
        ([BURST, NORM], TrialVerdict.REFUTED, "100 % or more above"),
        ([BURST, CLIP], TrialVerdict.NOT_TESTED, "clip-gradients 1: the budget was spent"),
        ([NORM], NOT_TESTED, "it found nothing to change"),
        ([FEW], NOT_TESTED, "promising, but 1 of 3 pairs fitted into the budget: with"),
        ([BESIDE], REFUTED, "with learning-rate × 3 beside remove-output-activation the loss ends 96 % below"),
    ],
)
def test_a_remedy_is_judged_by_its_own_trials(sick, trials, proof, why):
    told = judged_first(tried(sick[1], *for_remedy(trials)))
    assert told.verdict is proof
    assert why in told.why


def test_examples_that_were_counted_and_do_no_harm_are_not_called_refuted(sick):
    record, diagnosis = sick[1], tried(sick[1], *for_remedy([BURST]), confidence=Confidence.MEASURED)
    first = diagnosis.findings[0]
    black = dataclasses.replace(
        first.finding, examples=Examples(of="examples of the training data", count=200, share=0.2, indices=(3, 4))
    )
    counted = dataclasses.replace(
        diagnosis, findings=(dataclasses.replace(first, finding=black), *diagnosis.findings[1:])
    )
    for one, named, other in ((diagnosis, "refuted: ", "no harm"), (counted, "no harm seen: ", "refuted: ")):
        text = render(one, record, width=120, colour=False)
        assert named in text
        assert other not in text
    assert "No harm seen" in page(counted, record)


def test_a_remedy_that_nobody_tried_says_why(sick):
    assert judged_first(tried(sick[1], FASTER)).why == "no experiment carries it out"
    diagnosis = tried(sick[1])
    finding = diagnosis.findings[0].finding
    manual = dataclasses.replace(finding.remedies[0], applicability=Applicability.MANUAL)
    assert judged(finding, manual, diagnosis).why == "a human must decide what to change"


# ---- words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learned", "said"),
    [(0.95, "95 % below"), (-0.61, "61 % above"), (0.001, "level with"), (-1.0, "100 % or more above")],
)
def test_where_a_loss_ends(learned, said):
    assert ended(learned) == said


def test_nothing_has_no_sign():
    assert gain_in_words(effect(0.0, 0.001, half=0.02)) == "0 % [−2, +2]"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Proved: remove-output-activation makes it learn."),
        ({"reached": 0.4}, "Proved: remove-output-activation makes it learn better."),
        ({"sufficient": ("a", "b", "c")}, "Proved: a, b and c together make it learn."),
        ({"sufficient": ()}, ""),
    ],
)
def test_the_answer_gets_one_more_sentence_where_something_was_proved(sick, changes, said):
    diagnosis = tried(sick[1], **changes)
    assert after_the_answer(diagnosis) == said
    assert after_the_answer(sick[0]) == ""
    text = render(diagnosis, sick[1], width=1000, colour=False)
    assert text.splitlines()[0] == f"stuck: {diagnosis.answer} {said}".rstrip()


def test_where_nothing_was_proved_the_conclusion_does_not_alarm(sick):
    assert "nothing that was tried" in conclusion(tried(sick[1], FASTER, sufficient=()))
    open_one = dataclasses.replace(FASTER, verdict=TrialVerdict.NOT_TESTED, reason=Reason.FEW_PAIRS)
    assert "learning-rate × 10 looks promising" in conclusion(tried(sick[1], open_one, sufficient=()))
    assert conclusion(tried(sick[1], CLIP, sufficient=())) == "nothing could be tested"
    part = dataclasses.replace(OUT, on_top_of=("thaw",))
    said = "remove-output-activation helps beside thaw, but no set of changes was proved as a whole"
    assert conclusion(tried(sick[1], part, sufficient=())).startswith(said)


def test_a_run_that_learns_is_told_so_where_nothing_large_is_to_be_had(sick):
    well = dataclasses.replace(tried(sick[1], FASTER, sufficient=()), verdict=Verdict.LEARNED)
    assert conclusion(well) == "it learns well as it is; of what was tried nothing makes it learn much better"
    none = dataclasses.replace(well, experiments=dataclasses.replace(well.experiments, trials=()))
    assert conclusion(none).startswith("it learns as it is, and there is nothing to try")


def test_the_held_out_loss_is_told_beside_the_training_loss(sick):
    held = dataclasses.replace(OUT, held_out=effect(-0.01, 0.9))
    said = effect_in_words(held, "the baseline loss")
    assert said.endswith("3 pairs); the held-out loss ends 90 % below it (1 % above it without the change)")
    (told,) = to_json(tried(sick[1], held), sick[1])["experiments"]["trials"]
    assert told["held_out"]["with"] == 0.9


def test_an_interruption_is_told(sick):
    text = render(tried(sick[1], interrupted=True), sick[1], width=120, colour=False)
    assert "interrupted: what was not tried by then is missing" in text


def test_the_most_telling_is_the_one_that_was_verified(sick):
    small = dataclasses.replace(OUT, effect=effect(0.0, 0.3))
    large = dataclasses.replace(FASTER, effect=effect(0.0, 0.9, pairs=1))
    assert by_importance(tried(sick[1], large, CLIP, small).experiments) == (small, large)


# ---- terminal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_reads_as_in_the_golden_file(sick, width, golden):
    text = render(tried(sick[1]), sick[1], width=width, colour=False, patches=PATCHES)
    golden(f"experiments-{width}.txt", text.replace(str(sick[1].path.parent), "…"))


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_asked(sick, width):
    long = dataclasses.replace(FASTER, title="standardise-targets and much else that takes a long title × 0.001")
    diagnosis = tried(sick[1], OUT, long, CLIP, repeatable=False, sufficient=(OUT.title, long.title))
    lines = render(diagnosis, sick[1], width=width, colour=False, patches=PATCHES).splitlines()
    assert max(len(line) for line in lines if not line.startswith(("record:", "report:"))) <= width


def test_a_proved_remedy_says_so_in_place_of_the_confidence(sick):
    text = render(tried(sick[1]), sick[1], width=120, colour=False)
    assert "= proved: with remove-output-activation the loss ends 95 % below the baseline loss" in text
    assert "no patch: its place" in text
    first = text[text.index("error[LOS101]") : text.index("info[DAT114]")]
    assert "confidence:" not in first
    assert "no patch" not in render(tried(sick[1]), sick[1], width=120, colour=False, patches=PATCHES)


def test_runs_that_differ_are_told(sick):
    text = render(tried(sick[1], repeatable=False), sick[1], width=120, colour=False)
    assert "two runs without any change differ" in text


def test_where_nothing_was_measured_there_is_no_table(sick):
    diagnosis = tried(sick[1], CLIP, NORM, sufficient=(), confidence=Confidence.MEASURED)
    text = render(diagnosis, sick[1], width=100, colour=False)
    assert "learned" not in text
    assert "not tested (the budget was spent): clip-gradients 1" in text
    assert "conclusion: nothing could be tested" in text


# ---- page ------------------------------------------------------------------------------------------------


def test_the_page_has_the_proof_below_the_answer(sick):
    html = page(tried(sick[1]), sick[1], patches=PATCHES)
    checked(html)
    order = [
        "Proved: remove-output-activation makes it learn.</span></h1>", "<h2>Proof</h2>",
        'class="experiment"', "2 more experiments", "All experiments",
        "Not tested (the budget was spent): clip-gradients 1", "softmax-before-cross-entropy",
    ]  # fmt: skip
    found = [html.index(words) for words in order]
    assert found == sorted(found)
    assert '<span class="added">+head = nn.Sequential(nn.Linear(64, 10))</span>' in html
    assert "Gain +96 %, 95 % interval +93 % to +99 %." in html
    assert "baseline loss 2.30" in html


def test_without_experiments_the_page_has_no_proof(sick):
    assert "<h2>Proof</h2>" not in page(*sick)


@pytest.mark.parametrize("trials", [(CLIP,), (NORM, CLIP), (BURST,)])
def test_odd_experiments_have_a_page(sick, trials):
    checked(page(tried(sick[1], *trials, sufficient=(), repeatable=False), sick[1]))


def test_what_the_program_wrote_is_escaped(sick):
    evil = "<script>alert(1)</script>"
    trials = [dataclasses.replace(one, title=evil, on_top_of=(evil,)) for one in (OUT, BURST)]
    trials.append(dataclasses.replace(CLIP, reason=Reason.OTHER, detail=evil))
    html = page(tried(sick[1], *trials, sufficient=(evil,)), sick[1], patches={(1, "raw-scores"): PATCH + evil})
    assert "<script" not in html
    checked(html)


# ---- figure ----------------------------------------------------------------------------------------------


def test_control_and_treatment_share_their_axes():
    figure = experiment_curves(OUT, 2.30)
    assert [curve.name for curve in figure.curves] == ["without", "with remove-output-activation"]
    assert figure.curves[0].y[0] == figure.curves[1].y[0] == 2.31
    assert [level.y for level in figure.levels] == [2.30]
    assert figure.x.low == 0


def test_a_curve_that_shoots_away_is_cut_and_its_end_marked():
    figure = experiment_curves(BURST, 2.30)
    assert max(figure.curves[1].y) == 231.0
    assert figure.y.log
    assert figure.not_numbers == (15.0,)


def test_without_curves_there_is_no_figure():
    assert experiment_curves(CLIP, None) is None
    assert experiment_curves(dataclasses.replace(OUT, control_curve=None), None) is None
    nothing = dataclasses.replace(BROKEN, losses=tuple(float("nan") for _ in BROKEN.steps))
    assert experiment_curves(dataclasses.replace(OUT, control_curve=nothing, treated_curve=nothing), None) is None
    assert experiment_curves(OUT, None).levels == ()
    assert FLAT.steps == experiment_curves(OUT, None).curves[0].x


def test_a_change_on_top_of_another_is_held_against_that_other_alone():
    names = [curve.name for curve in experiment_curves(BESIDE, 2.30).curves]
    assert names == ["with remove-output-activation alone", "with learning-rate × 3 too"]


# ---- diff ------------------------------------------------------------------------------------------------


def test_a_diff_for_reading_has_one_line_around_each_change():
    many = "@@ -1,9 +1,9 @@\n a\n b\n-c\n+C\n d\n e\n f\n-g\n\\ No newline at end of file\n+G\n"
    assert [line for _, line in lines_of("--- x\n+++ x\n" + many)] == [" b", "-c", "+C", " d", "…", " f", "-g", "+G"]
    assert not re.search("@@", "".join(line for _, line in lines_of(PATCH)))


def test_what_a_change_found_is_told_where_its_title_does_not(sick):
    ranged = dataclasses.replace(OUT, title="learning-rate-range", found="a rate of 0.003")
    diagnosis = tried(sick[1], ranged, sufficient=("learning-rate-range",))
    assert conclusion(diagnosis) == "learning-rate-range (a rate of 0.003) makes it learn"
    beside = dataclasses.replace(ranged, on_top_of=("thaw",), found="a rate of 0.02")
    both = tried(sick[1], ranged, beside, sufficient=("thaw", "learning-rate-range"))
    assert "learning-rate-range (a rate of 0.02)" in conclusion(both)
    assert effect_in_words(ranged, "it").startswith("with learning-rate-range (a rate of 0.003) the loss")


def test_experiments_that_begin_elsewhere_than_the_run_are_told_everywhere(sick):
    diagnosis = tried(sick[1], OUT, elsewhere=(2.3, 0.1))
    said = "first loss 2.3 in the run, 0.1 here"
    assert said in " ".join(render(diagnosis, sick[1], width=100, colour=False).split())
    assert said in page(diagnosis, sick[1])


def test_the_table_tells_control_and_treatment_after_as_many_steps(sick):
    behind = effect(0.99, 0.45)
    open_ = dataclasses.replace(
        OUT, verdict=TrialVerdict.NO_DIFFERENCE, reason=Reason.AHEAD_SO_FAR, effect=behind, alongside=effect(0.13, 0.45)
    )
    diagnosis = tried(sick[1], open_, sufficient=(), confidence=Confidence.MEASURED)
    text = " ".join(render(diagnosis, sick[1], width=120, colour=False).split())
    assert "13 % 45 % +32 % [+29, +35] 3 no difference seen yet" in text
    assert "a change must also end below the whole run without it" in text
    assert "remove-output-activation may yet help: the experiments were too short to tell" in text
    assert "99 % 45 %" not in text
    assert "13 % below it without the change" in text
    assert to_json(diagnosis, sick[1])["experiments"]["trials"][0]["effect"]["without"] == pytest.approx(0.13)


def test_an_interval_ends_where_everything_is_learned():
    assert gain_in_words(effect(-1.0, 0.98, half=0.2)) == "+198 % [+178, +198]"
    assert gain_in_words(effect(0.5, 0.9, half=0.2)) == "+40 % [+20, +50]"


def test_what_was_not_tested_beside_the_same_changes_is_told_once():
    no_word = {"reason": Reason.OTHER, "detail": "x"}
    beside = [dataclasses.replace(one, on_top_of=("thaw",), **no_word, effect=None) for one in (OUT, FASTER)]
    told = not_tested(results(*beside, dataclasses.replace(NORM, **no_word)))
    assert told == {"x": ["remove-output-activation", "learning-rate × 10 beside thaw", "batch-norm"]}
