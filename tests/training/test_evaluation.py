"""`pts evaluate`: the drawings, what is asked, the baseline, means with intervals, goals, report, card, command."""

import json
import re
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.bench.report.goal import make_goal_table, summarize_goals
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.training.evaluation import (
    baseline,
    card,
    compare,
    evaluation,
    goals,
    places,
    report,
    showcase,
    tables,
)
from paintstorch_sdk.training.evaluation.cases import Condition, cases, conditions, with_gaps
from paintstorch_sdk.training.evaluation.distances import measure_distances
from paintstorch_sdk.training.evaluation.drawings import held_out, in_turns
from paintstorch_sdk.training.evaluation.inception import DRAWING
from paintstorch_sdk.training.evaluation.measures import Measured, Ruler
from paintstorch_sdk.training.evaluation.methods import (
    BEFORE,
    BUCKET,
    NETWORK,
    PRODUCT,
    WATERSHED,
    OlderVersion,
    OpenModel,
    open_model,
)
from paintstorch_sdk.training.evaluation.results import Painting, Results, average
from paintstorch_sdk.training.evaluation.run import measure_methods
from paintstorch_sdk.training.pictures import Entry
from support.cli import Runner
from support.evaluation import BLUE, RED, RIGHT, data_folder, two_halves


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return data_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def found(data):
    """All cases of one drawing."""
    drawing = held_out(data, "xdog", 1)[0]
    return {case.condition: case for case in cases(drawing, conditions("xdog"))}


@pytest.fixture(scope="module")
def quick(data, tiny_bundle):
    """The command on a small, untrained bundle."""
    return ("evaluate", tiny_bundle.path, "--data", data, "-n", 1, "--backend", "onnxruntime", "--threads", 1)


@pytest.fixture
def pts(monkeypatch, capsys):
    return Runner(monkeypatch, capsys)


class TestDrawings:
    def test_both_kinds_of_lines(self, data):
        xdog, drawn = held_out(data, "xdog", 9), held_out(data, "drawn", 9)
        assert {d.name for d in xdog} == {"toy-0/2", "toy-0/4", "toy-1/1", "toy-1/3"}
        assert {d.name for d in drawn} == {"toy-1/1", "toy-1/3"}
        assert all(d.line_art.shape == d.picture.shape[:2] for d in xdog + drawn)
        assert [d.entry.source for d in held_out(data, "xdog", 2)] == ["toy-0", "toy-1"], "sources in turn"

    def test_each_base_before_a_second_of_one(self, tmp_path):
        entries = [Entry(tmp_path / f"{i}.png", None, "one", base=f"{i % 3}") for i in range(9)]
        order = list(in_turns(entries))
        assert sorted(order) == list(range(9))
        for turn in range(3):
            assert {entries[i].base for i in order[3 * turn : 3 * turn + 3]} == {"0", "1", "2"}

    def test_the_choice_does_not_depend_on_the_order(self, tmp_path):
        entries = [Entry(tmp_path / f"{i}.png", None, f"s{i % 2}", base=f"{i}") for i in range(8)]
        turned = entries[::-1]
        assert [entries[i].picture for i in in_turns(entries)] == [turned[i].picture for i in in_turns(turned)]

    def test_no_data_is_one_clear_line(self, tmp_path):
        with pytest.raises(InputError, match="build one with: pts data build"):
            held_out(tmp_path, "xdog", 1)


class TestCases:
    def test_every_condition_once(self, found):
        assert list(found) == conditions("xdog")
        counts = [n for c in found if (c.colors, c.manner) == ("natural", "tidy") for n in [c.strokes]]
        assert counts == [4, 16, 64, 256]
        assert {c.manner for c in found} == {"tidy", "messy", "gaps", "pixels"}
        for condition, case in found.items():
            assert len(case.hints.strokes) == condition.strokes

    @pytest.mark.parametrize(("colors", "manner"), [("random", "messy"), ("natural", "gaps")])
    def test_the_same_again_alone(self, data, found, colors, manner):
        """What is shown is what was measured, though other conditions were measured beside it."""
        again = cases(held_out(data, "xdog", 1)[0], [Condition("xdog", colors, manner, 16)])
        (case,) = again
        first = found[case.condition]
        assert case.hints == first.hints
        np.testing.assert_array_equal(case.truth, first.truth)
        np.testing.assert_array_equal(case.line_art, first.line_art)
        other = next(cases(held_out(data, "xdog", 1)[0], [case.condition], seed=7))
        assert other.hints.strokes[0].points != case.hints.strokes[0].points

    def test_fewer_strokes_are_the_first_of_the_more(self, found):
        few, many = (found[Condition("xdog", "natural", "tidy", n)].hints.strokes for n in (4, 64))
        assert few == many[:4]
        assert [s.rgb for s in few] == [s.rgb for s in many[:4]]

    def test_strokes_have_the_color_of_the_truth(self, found):
        for case in found.values():
            if case.condition.manner == "pixels":
                continue
            for stroke in case.hints.strokes:
                x, y = (min(int(v), s - 1) for v, s in zip(stroke.points[0], case.truth.shape[1::-1], strict=True))
                assert stroke.rgb == tuple(case.truth[y, x])

    def test_tidy_strokes_stay_and_messy_ones_do_not(self, found):
        def crossing(manner):
            case = found[Condition("xdog", "natural", manner, 64)]
            inside = [
                np.clip(np.array(s.points, int), 0, 159) for s in case.hints.strokes
            ]  # they may leave the picture
            return sum(len(set(case.regions[points[:, 1], points[:, 0]])) > 1 for points in inside)

        assert crossing("tidy") == 0
        assert crossing("messy") > 5

    def test_random_colors_are_told_and_the_rest_is_white(self, found):
        case = found[Condition("xdog", "random", "messy", 16)]
        natural = found[Condition("xdog", "natural", "messy", 16)]
        told = case.told[case.regions]
        changed = (case.truth != natural.truth).any(2)
        assert changed[told].mean() > 0.5
        untold = (case.regions > 0) & ~told & (case.truth < 255).any(2)
        assert untold.sum() < 0.5 * told.sum(), "but for neighbors of the same color, what is not told is white"

    def test_pixels_are_single_cells(self, found):
        case = found[Condition("xdog", "natural", "pixels", 64)]
        cells = {s.points[0] for s in case.hints.strokes}
        assert len(cells) == 64
        assert all(x % 4 == 2 and y % 4 == 2 and s.width == 4 for s in case.hints.strokes for x, y in s.points)

    def test_gaps_open_lines_and_regions_stay(self, data, found):
        case = found[Condition("xdog", "natural", "gaps", 16)]
        whole = case.drawing.line_art
        opened_up = (case.line_art > 128) & (whole < 128)
        assert opened_up.sum() > 50
        assert not ((case.line_art < 128) & (whole > 128)).any()
        np.testing.assert_array_equal(case.regions, found[Condition("xdog", "natural", "tidy", 16)].regions)

    def test_blank_paper_has_no_lines_to_cut(self, rng):
        blank = np.full((40, 40), 255, np.uint8)
        np.testing.assert_array_equal(with_gaps(blank, rng), blank)


class TestFills:
    def test_each_stroke_fills_its_closed_region_and_lines_are_laid_over(self):
        case = two_halves()
        for paint in (baseline.paint_by_bucket, baseline.paint_by_watershed):
            image = paint(case.line_art, case.hints)
            assert (image[20:30, 10:30] == RED).all()
            assert (image[65:75, 60:85] == BLUE).all()
            assert (image[:, 47:49] == 0).all()

    def test_a_bucket_pours_through_a_gap(self):
        line_art = two_halves().line_art.copy()
        line_art[40:46, 46:50] = 255
        image = baseline.paint_by_bucket(line_art, Hints((Stroke([(20, 20)], RED, 6), Stroke([(-9, 200)], BLUE, 6))))
        assert tuple(image[48, 80]) == BLUE, "a first point beside the picture is taken at its border"

    def test_gray_lines_darken_what_is_under_them(self):
        line_art = np.full((20, 20), 180, np.uint8)
        image = baseline.paint_by_bucket(line_art, Hints((Stroke([(10, 10)], (100, 200, 50), 6),)))
        assert tuple(image[3, 3]) == tuple(round(c * 180 / 255) for c in (100, 200, 50))


MESSY_16 = Condition("xdog", "natural", "messy", 16)


def row(base, psnr, method=PRODUCT, condition=MESSY_16, drawing=None, leak=None):
    measured = Measured(psnr, psnr, 0.9, None, None, None, 0.5, None, None, None, leak, None)
    return Painting(drawing or base, "toy", base, condition, method, measured)


class TestResults:
    def test_means_over_drawings(self):
        found = average([("a", 1.0), ("a", 2.0), ("b", 6.0), ("c", None)])
        assert found.value == 3.0
        assert (found.drawings, found.bases) == (3, 2)
        assert found.low == pytest.approx(1.5)
        assert found.high == 6.0
        assert average([("a", None)]) is None

    def test_one_base_is_no_evidence(self):
        found = average([("a", 1.0), ("a", 9.0)])
        assert found.value == 5.0
        assert np.isnan(found.low)
        assert goals.make_mean_cell(found, 1).text == "5.0"
        assert goals.make_mean_cell(found, 1).detail == ""

    def test_the_interval_is_that_of_the_mean(self, rng):
        values = rng.normal(10.0, 2.0, 400)
        found = average([(f"{i}", v) for i, v in enumerate(values)])
        half = 1.96 * values.std(ddof=1) / 20.0
        assert found.low == pytest.approx(values.mean() - half, abs=0.05)
        assert found.high == pytest.approx(values.mean() + half, abs=0.05)

    def test_differences_are_taken_drawing_by_drawing(self):
        results = Results()
        for base, one, other in (("a", 30.0, 25.0), ("b", 10.0, 6.0)):
            results.add(row(base, one), np.zeros(0, np.float32))
            results.add(row(base, other, BUCKET), np.zeros(0, np.float32))
        found = results.difference(MESSY_16, PRODUCT, BUCKET, "psnr")
        assert (found.value, found.low, found.high) == (4.5, 4.0, 5.0)

    def test_percentiles_over_all_pixels(self, rng):
        results, condition = Results(), MESSY_16
        parts = [rng.gamma(2.0, 2.0, n).astype(np.float32) for n in (100, 5000)]
        for base, differences in zip("ab", parts, strict=True):
            results.add(row(base, 20.0), differences)
        for percent in (50, 90):
            expected = np.percentile(np.concatenate(parts), percent)
            assert results.adherence(percent, PRODUCT, [condition]) == pytest.approx(expected, abs=0.05)
        assert results.adherence(50, BUCKET, [condition]) is None


class TestGoals:
    def results(self, product, bucket, before, leak, differences):
        results = Results()
        for lines in ("xdog", "drawn"):
            for manner in ("messy", "tidy"):
                for place, n in enumerate((4, 16, 64, 256)):
                    condition = Condition(lines, "natural", manner, n)
                    for base in "ab":
                        results.add(
                            row(base, product[place], condition=condition, leak=leak),
                            np.asarray(differences, np.float32),
                        )
                        for method, psnr in ((BUCKET, bucket), (BEFORE, before)):
                            results.add(row(base, psnr[place], method, condition, leak=0.4), np.zeros(0, np.float32))
        return results

    def test_all_reached(self):
        found = goals.find_goals(self.results((15, 23, 27, 30), (15, 20, 24, 30), (15, 22, 26, 30), 0.05, [0.4]))
        assert [goal.verdict for goal in found if goal.verdict != "not measured"] == ["met"] * 12
        assert summarize_goals(found) == "12 of 12"
        assert (found[0].found.text, found[0].found.detail) == ("+3.0 dB", "[+3.0, +3.0], n = 2")

    def test_all_missed_and_worse_rows_are_named(self):
        found = goals.find_goals(self.results((15, 22, 21, 30), (15, 20, 24, 30), (15, 23, 20, 30), 0.5, [5.0]))
        assert [goal.verdict for goal in found if goal.verdict != "not measured"] == ["missed"] * 12
        every = next(goal.found for goal in found if goal.name.startswith("PSNR better than before"))
        assert every.text == "12 of 16"
        assert every.detail.startswith(
            "beyond the 95 % interval worse: xdog natural messy 16 -1; xdog natural tidy 16 -1;"
        )

    def test_what_was_not_measured_is_not_reached(self):
        found = goals.find_goals(Results())
        assert [row[0].text for row in make_goal_table(found).rows] == ["not measured"] * 8


class TestModels:
    def test_a_checkpoint_is_measured_as_it_would_run(self, tiny_checkpoint, tmp_path):
        """Exported, with colors that flow: the picture is what a Colorizer with its bundle paints."""
        path = tmp_path / "c.safetensors"
        checkpoint.save(path, tiny_checkpoint.generator, tiny_checkpoint.features, {"config": {}})
        case = two_halves()
        images = {}
        for alone in (False, True):
            with open_model(str(path), backend="onnxruntime", flow=True, alone=alone) as model:
                ((name, paint),) = model.painters.items()
                assert (model.about["confidence"] > 0) != alone
                images[name] = paint(case.line_art, case.hints)
                assert (paint(case.line_art, Hints()) != images[name]).any()
                assert paint(case.line_art, case.hints).tolist() == images[name].tolist()
        assert list(images) == [PRODUCT, NETWORK]
        assert (images[PRODUCT] != images[NETWORK]).any()

    @pytest.mark.parametrize(
        ("provenance", "expected"),
        [
            ({}, "?"),
            ({"config": {"samples": {"hints": "random"}}}, "random"),
            ({"config": {"samples": {"strokes": [0.2, 0.75]}}}, "strokes"),
        ],
    )
    def test_what_a_model_was_trained_on(self, provenance, expected):
        assert compare.find_hints(provenance) == expected

    @pytest.mark.parametrize(
        ("stage", "weight", "expected"),
        [("adversarial", 1.0, "double"), ("adversarial", 0, "simple"), ("supervised", 1.0, "simple")],
    )
    def test_a_model_that_lost_its_g2_was_trained_with_it(self, tiny_bundle, stage, weight, expected):
        config = {"phases": [{"stage": stage}], "adversarial": {"reconstruction": weight}}
        manifest = tiny_bundle.manifest | {"provenance": {"config": config}}
        model = OpenModel("m", replace(tiny_bundle, manifest=manifest), {}, None, {"g2": False})
        assert compare.find_generators(model) == expected

    def test_models_of_one_name_are_told_apart(self, tiny_bundle):
        with open_model(str(tiny_bundle.path), backend="onnxruntime") as one:
            with open_model(str(tiny_bundle.path), backend="onnxruntime") as other:
                labels = [compare.label_model(model, [one, other]) for model in (one, other)]
                assert labels == ["tiny 1 (?, simple)", "tiny 2 (?, simple)"]
            assert compare.label_model(one, [one]) == "tiny (?, simple)"


def test_every_method_gets_the_same_cases(data):
    chosen = [*held_out(data, "xdog", 2), *held_out(data, "drawn", 1)]
    wanted = [Condition(lines, "natural", "tidy", n) for lines in ("xdog", "drawn") for n in (4, 16)]
    seen = {"one": [], "other": []}

    def painter(name):
        def paint(line_art, hints):
            seen[name].append((line_art.tobytes(), hints.strokes))
            return np.repeat(line_art[..., None], 3, 2)

        return paint

    told = []
    results = measure_methods(chosen, {name: painter(name) for name in seen}, lambda *p: told.append(p), wanted=wanted)
    assert seen["one"] == seen["other"]
    assert len(results.rows) == 3 * 2 * 4
    assert told[-1] == (3, 3)
    assert {r.measured for r in results.rows if r.method == "one"} == {
        r.measured for r in results.rows if r.method == "other"
    }


class TestPlaces:
    """Real drawings whose colors are known in places; another version of the package beside."""

    @pytest.fixture
    def folder(self, tmp_path):
        Image.fromarray(two_halves().line_art).save(tmp_path / "toy.png")
        strokes = [{"points": [[10, 20], [30, 20]], "color": "#c82828", "width": 8}]
        case = {"line": "toy.png", "strokes": strokes, "probes": [["#c82828", [[20, 40]]], ["#ffffff", [[70, 40]]]]}
        (tmp_path / places.CASES).write_text(json.dumps({"toy": case}), "utf-8")
        return tmp_path

    def test_a_flooded_page_is_wrong_on_paper(self, folder):
        flood = {"flood": lambda line_art, hints: np.full((*line_art.shape[:2], 3), RED, np.uint8)}
        found = places.measure_places(places.read_drawings(folder), flood)
        assert found[BUCKET]["toy"] == [(True, False), (True, True)]
        assert found["flood"]["toy"] == [(True, False), (False, True)]
        rows = [[cell.text for cell in row] for row in places.make_place_table(found).rows]
        assert rows[0] == ["toy", "2 of 2", "2 of 2", "1 of 2"]
        assert rows[-1][0] == "paper"
        assert rows[-1][-1] == "0.0%"

    def test_no_cases_are_one_clear_line(self, tmp_path):
        with pytest.raises(InputError, match=r"expected cases\.json"):
            places.read_drawings(tmp_path)

    def test_another_version_paints_in_its_own_process(self):
        """This version, for want of another: the same picture as here."""
        case = two_halves()
        with closing(OlderVersion(Path(sys.executable))) as older, Colorizer() as colorizer:
            picture = older(case.line_art, case.hints)
            again = older(case.line_art, case.hints, lines="none")
            expected = np.asarray(colorizer.canvas(case.line_art, case.hints).render())
        np.testing.assert_array_equal(picture, expected)
        assert (again != picture).any()

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_an_interpreter_without_the_package_is_one_clear_line(self, tmp_path):
        with pytest.raises(InputError, match="expected a Python interpreter"):
            OlderVersion(tmp_path / "python")
        with closing(OlderVersion(Path("/bin/true"))) as other, pytest.raises(InputError, match="stopped"):
            other(two_halves().line_art, Hints())


class TestShowcase:
    def test_careful_strokes_lie_in_colored_regions(self):
        case = two_halves()
        case.drawing.picture[RIGHT] = 255
        hints = showcase.careful(case.drawing, 5)
        assert 1 <= len(hints.strokes) <= 5
        for stroke in hints.strokes:
            assert stroke.rgb == RED
            assert all(0 <= x < 46 for x, _ in stroke.points)

    def test_every_region_before_a_second_stroke(self):
        hints = showcase.careful(two_halves().drawing, 2)
        assert {stroke.rgb for stroke in hints.strokes} == {RED, BLUE}


CARD = "".join(
    f"# {name}\n\nwords before\n\n<!-- {name}: made by pts evaluate -->\nold {name}\n<!-- end -->\n\n"
    for name in card.BLOCKS
)


class TestCommand:
    """The real command on a real, untrained bundle."""

    def test_tables_report_and_card(self, pts, quick, tmp_path):
        out, docs = tmp_path / "report", tmp_path / "docs"
        docs.mkdir()
        (docs / card.CARD).write_text(CARD, "utf-8")
        done = pts(*quick, "-o", out, "--docs", docs, "--flow")
        assert (done.code, done.err) == (0, "")
        for title in ("Goals", "PSNR, xDoG lines", "PSNR, drawn lines", "Dense and saturated hints"):
            assert title in done.out
        page = (out / report.PAGE).read_text("utf-8")
        assert not re.findall(r'(?:src|href)="?(?!"?data:)', page), "the page needs no other file"
        assert page.count("data:image/webp") > 30
        assert "prefers-color-scheme: dark" in page
        text = (out / report.MARKDOWN).read_text("utf-8")
        for picture in re.findall(r"\]\((pictures/[^)]+)\)", text):
            assert (out / picture).stat().st_size > 0
        measures = json.loads((out / report.JSON).read_text("utf-8"))["measures"]
        found = [
            m
            for m in measures
            if (m["lines"], m["colors"], m["manner"], m["strokes"]) == ("xdog", "natural", "tidy", 64)
        ]
        assert [m["method"] for m in found] == [BUCKET, WATERSHED, PRODUCT]
        assert found[0]["psnr"]["drawings"] == 1
        made = (docs / card.CARD).read_text("utf-8")
        assert made.count("words before") == 3
        assert not re.search(r"^old (facts|pictures|measures)$", made, re.MULTILINE)
        assert "generator of width 8" in made
        assert "Few strokes, as people draw them" in made

    def test_json_of_two_models_side_by_side(self, pts, quick, tiny_bundle):
        done = pts(*quick[:2], tiny_bundle.path, *quick[2:], "--json")
        assert done.code == 0
        document = json.loads(done.out)
        assert [m["name"] for m in document["models"]] == [BUCKET, "tiny", "tiny"]
        assert document["models"][1]["psnr"] == document["models"][2]["psnr"]
        assert document["models"][1]["generators"] == "simple"

    def test_the_papers_grid_is_one_table(self, pts, quick, data, tiny_checkpoint, tmp_path, monkeypatch):
        """Checkpoints as they come from training, in any order; the features are quick ones."""
        monkeypatch.setattr(evaluation, "load_drawing", lambda path: MeanColor())
        wanted = ("--grid", "paper", "--drawing-distance", "drawings.safetensors", "--distance-pictures", 2)
        paths = []
        for hints, weight in (("strokes", 1.0), ("random", 0.0)):
            samples, own = {"hints": hints}, {"reconstruction": weight}
            config = {"samples": samples, "phases": [{"stage": "adversarial"}], "adversarial": own}
            paths.append(tmp_path / hints / "step-000100.safetensors")
            paths[-1].parent.mkdir()
            checkpoint.save(paths[-1], tiny_checkpoint.generator, tiny_checkpoint.features, {"config": config})
        done = pts("evaluate", *paths, *quick[2:], *wanted, "--json", "-o", tmp_path / "report")
        assert (done.code, done.err) == (0, "")
        squares = json.loads(done.out)["grid"]
        assert [(s["hints"], s["generators"], s["name"]) for s in squares] == [
            ("-", "-", BUCKET),
            ("random", "simple", "random/step-000100"),
            ("strokes", "double", "strokes/step-000100"),
        ]
        assert all([d["hints"] for d in s["distances"]] == ["strokes", "pixels"] for s in squares)
        assert all(d["mean"] > 0 for s in squares for d in s["distances"])
        text = (tmp_path / "report" / report.MARKDOWN).read_text("utf-8")
        assert re.findall("^## (.*)", text, re.MULTILINE) == ["The design of the paper's table 2"]
        mean, deviation = (squares[2]["distances"][0][name] for name in ("mean", "deviation"))
        row = f"| strokes | double | strokes/step-000100 | {mean:.3f} \N{PLUS-MINUS SIGN} {deviation:.3f} |"
        assert row in text
        done = pts(*quick, *wanted)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("The design of the paper's table 2")

    def test_the_papers_grid_wants_weights(self, pts, quick):
        done = pts(*quick, "--grid", "paper")
        assert done.code == 2
        assert done.errors == [
            "error: --grid paper: expected weights that measure: --fid FILE or --drawing-distance FILE"
        ]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--data", "nowhere"), "build one with: pts data build"),
            (("--grid", "other"), "--grid: expected paper"),
            (("--docs", "nowhere"), "expected the model card"),
            (("--fid", "nowhere.pth"), "pt_inception"),
            (("--lpips", "nowhere"), "expected a file of weights"),
        ],
    )
    def test_mistakes_are_one_line(self, pts, quick, arguments, message):
        done = pts(*quick, *arguments)
        assert done.code == 2
        assert len(done.errors) == 1
        assert message in done.errors[0]

    def test_a_model_that_is_none(self, pts, data, tmp_path):
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"no weights")
        done = pts("evaluate", path, "--data", data)
        assert done.code == 2
        assert "expected a checkpoint" in done.errors[0]

    def test_without_marks_the_card_stays(self, pts, quick, tmp_path):
        (tmp_path / card.CARD).write_text("# only words\n", "utf-8")
        done = pts(*quick, "--docs", tmp_path)
        assert done.code == 2
        assert "made by pts evaluate" in done.errors[0]
        assert (tmp_path / card.CARD).read_text("utf-8") == "# only words\n"


def test_ruler_of_the_truth_is_perfect(data):
    for drawing in held_out(data, "xdog", 2):
        for case in cases(drawing, [Condition("xdog", "random", "tidy", 64)]):
            measured, differences = Ruler(case).measure(case.truth)
            assert measured.psnr == measured.psnr_whole == 60.0
            assert measured.regions == measured.regions_told == 1.0
            assert measured.bleeding == 0.0
            assert measured.blotches < 0.01
            assert np.median(differences) < 1.0


def test_bundled_model_has_provenance_for_its_card():
    """The card of the default model is made from its manifest."""
    assert dict(Bundle.open("default").manifest["provenance"])["command"]


class MeanColor:
    """Features that are quick: the mean of each channel and its deviation."""

    name = DRAWING

    def __call__(self, picture):
        return np.concatenate([picture.mean((0, 1)), picture.std((0, 1))]).astype(np.float64)


class TestDistances:
    @pytest.fixture
    def chosen(self, data):
        return [*held_out(data, "xdog", 4), *held_out(data, "drawn", 1)]

    def test_the_truth_is_at_no_distance_and_the_fill_is(self, chosen):
        truths = {d.line_art.tobytes(): d.picture for d in chosen if d.lines == "xdog"}
        painters = {"truth": lambda line_art, hints: truths[line_art.tobytes()], BUCKET: baseline.paint_by_bucket}
        told = []
        found = measure_distances(chosen, painters, [MeanColor()], lambda *p: told.append(p), repeats=2)
        by = {(d.method, d.hints): d for d in found}
        assert set(by) == {(m, k) for m in painters for k in ("strokes", "pixels")}
        assert all(d.drawings == 4 and d.repeats == 2 and d.feature == DRAWING for d in found)
        for kind in ("strokes", "pixels"):
            assert by["truth", kind].mean == pytest.approx(0.0, abs=1e-9)
            assert by[BUCKET, kind].mean > 1.0
            assert by[BUCKET, kind].deviation > 0.0, "each repeat draws hints of its own"
        assert told[-1][0] == told[-1][1]
        assert measure_distances(chosen, painters, [MeanColor()], repeats=2) == found
        shown = tables.make_frechet_table(found)
        assert {row[0].text for row in shown.rows} == {"drawing-aware"}

    def test_hints_are_as_the_papers_draw_them(self, chosen):
        counts, sizes = [], set()

        def paint(line_art, hints):
            counts.append(len(hints.strokes))
            sizes.update(len(s.points) for s in hints.strokes)
            return np.repeat(line_art[..., None], 3, 2)

        measure_distances(chosen, {"one": paint}, [MeanColor()], repeats=20, kinds=("strokes",))
        assert 0 <= min(counts) < 30
        assert 90 < max(counts) <= 120
        assert max(sizes) <= 6
        counts.clear()
        measure_distances(chosen, {"one": paint}, [MeanColor()], repeats=20, kinds=("pixels",))
        cells = (160 // 4) ** 2
        # 1 - t of a normal distribution around 1 that is cut at 1: half of the maps are empty, the rest has
        # 0.005 * sqrt(2 / pi) of the cells on average.
        assert 0.2 < np.mean([n == 0 for n in counts]) < 0.8
        assert np.mean(counts) == pytest.approx(cells * 0.005 * np.sqrt(2 / np.pi) / 2, rel=0.5)
