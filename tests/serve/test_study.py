"""The study: a blind page, ratings that stay, what they say."""

import base64
import json

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from starlette.testclient import TestClient

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.serve.settings import Settings
from paintstorch_sdk.serve.study import analysis
from paintstorch_sdk.serve.study.app import create_study_app
from paintstorch_sdk.serve.study.rates import Rate, model_of, read_csv, write_csv
from paintstorch_sdk.serve.study.report import render_report
from paintstorch_sdk.serve.study.store import Study

MODELS = ("ours", "paper")
DRAWINGS = ("cat", "dog", "my_bird")


@pytest.fixture
def folders(tmp_path):
    for number, model in enumerate(MODELS):
        (tmp_path / model).mkdir()
        for name in DRAWINGS:
            Image.new("RGB", (8, 8), (40 * number, 90, 90)).save(tmp_path / model / f"{name}.png")
    return {model: tmp_path / model for model in MODELS}


@pytest.fixture
def study(tmp_path, folders):
    study = Study(tmp_path / "study.sqlite3")
    study.add(folders)
    yield study
    study.close()


@pytest.fixture
def client(study, tmp_path):
    app = create_study_app(study, Settings(folder=tmp_path))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def next_of(client, rater="r1"):
    return client.get("/v1/study/next", params={"rater": rater}).json()


def test_a_rater_sees_every_picture_once_and_never_its_model(client):
    seen = []
    while (now := next_of(client))["item"]:
        picture = client.get(f"/v1/study/items/{now['item']}")
        assert picture.headers["content-type"] == "image/png"
        assert not any(model in str(picture.headers) + now["item"] for model in MODELS)
        assert client.put(f"/v1/study/items/{now['item']}/rate", json={"rater": "r1", "rate": 4}).status_code == 204
        seen.append(now["item"])
    assert len(set(seen)) == now["total"] == now["done"] == 6


def test_each_rater_has_an_order_that_stays(client):
    orders = {rater: next_of(client, rater)["item"] for rater in map(str, range(20))}
    assert len(set(orders.values())) > 2
    assert all(next_of(client, rater)["item"] == item for rater, item in orders.items())


def test_ratings_are_there_after_a_restart_and_may_be_changed(client, study, tmp_path):
    item = next_of(client)["item"]
    for rate in (2, 5):
        client.put(f"/v1/study/items/{item}/rate", json={"rater": "r1", "rate": rate})
    study.close()
    again = Study(tmp_path / "study.sqlite3")
    assert [one.rate for one in again.rates()] == [5]
    again.close()


def test_pictures_stay_when_their_folders_are_given_again(study, folders):
    before = study.items()
    assert study.add(folders) == 6
    assert study.items() == before


@pytest.mark.parametrize("rate", [0, 6, 2.5, "3", None, True])
def test_what_is_no_rate_is_refused(client, study, rate):
    item = next_of(client)["item"]
    assert client.put(f"/v1/study/items/{item}/rate", json={"rater": "r1", "rate": rate}).status_code == 422
    assert study.rates() == []


def test_the_old_services_routes(client, study):
    files = client.get("/api/v1/study").json()["files"]
    assert sorted(files) == sorted(f"{name.replace('_', '-')}_{model}.png" for name in DRAWINGS for model in MODELS)
    illustration = client.get(f"/api/v1/study/{files[0]}").json()["illustration"]
    head, _, data = illustration.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    as_json = client.post("/api/v1/study", json={"uuid": "u-1", "file_name": files[0], "rate": 3})
    as_form = client.post("/api/v1/study", data={"uuid": "u-1", "file_name": files[1], "rate": "4"})
    assert as_json.status_code == as_form.status_code == 200
    assert {(one.rater, one.file, one.rate) for one in study.rates()} == {("u-1", files[0], 3), ("u-1", files[1], 4)}
    assert {one.model for one in study.rates()} <= set(MODELS)


@pytest.mark.parametrize("file", ["nothing_here.png", "../study.sqlite3", "..%2f..%2fetc%2fpasswd", "%00"])
def test_no_file_beside_the_study_is_given(client, file):
    assert client.get(f"/api/v1/study/{file}").status_code in (404, 422)


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"uuid": 1, "file_name": "a", "rate": 3}'])
def test_ratings_that_are_none_are_refused(client, body):
    assert client.post("/api/v1/study", content=body).status_code == 422


def test_a_service_without_a_study_has_no_pictures(tmp_path):
    from support.serving import open_client

    with open_client(tmp_path) as client:
        assert client.get("/api/v1/study").json() == {"files": []}
        assert client.get("/api/v1/study/a_b.png").status_code == 404


def test_the_papers_test_is_computed_from_its_own_numbers():
    def compare(a=0.0, b=0.0):
        return stats.ttest_ind_from_stats(
            3.10 + a, 1.02 + b, 16, 1.60 - a, 0.85 + b, 16, equal_var=False, alternative="greater"
        )

    t, p = compare()
    rounding = [compare(a, b).statistic for a in (-0.005, 0.005) for b in (-0.005, 0.005)]
    assert min(rounding) < 4.525 < max(rounding)  # the paper's t, of numbers before they were rounded
    assert t == pytest.approx(4.525, abs=0.01)
    assert p < 0.001


def made_up(better=0.0):
    """Ratings of 12 raters, whose tastes differ."""
    chance = np.random.default_rng(1)
    taste = chance.normal(0, 0.6, 12)
    return [
        Rate(
            f"r{rater}", f"d{drawing}_{model}.png", model, int(np.clip(np.rint(3 + taste[rater] + shift + noise), 1, 5))
        )
        for rater in range(12)
        for drawing in range(8)
        for model, shift in (("ours", better), ("paper", 0.0))
        for noise in [chance.normal(0, 0.7)]
    ]


def test_scores_are_means_and_deviations():
    rates = made_up(1.0)
    scores = {score.model: score for score in analysis.score_models(rates)}
    ours = np.array([one.rate for one in rates if one.model == "ours"])
    assert scores["ours"].mean == pytest.approx(ours.mean())
    assert scores["ours"].deviation == pytest.approx(ours.std(ddof=1))
    assert sum(scores["ours"].shares) == pytest.approx(1.0)
    low, high = scores["ours"].interval
    naive = 1.96 * ours.std(ddof=1) / len(ours) ** 0.5
    assert low < ours.mean() < high
    assert high - low > 2 * naive  # ratings of one rater are not independent of each other


def test_a_difference_is_found_where_there_is_one_and_only_there():
    found = analysis.contrast_models(made_up(1.0), "ours", "paper")
    assert found.interval[0] > 0.3
    assert found.p < 0.01
    none = analysis.contrast_models(made_up(0.0), "ours", "paper")
    assert none.interval[0] < 0 < none.interval[1]
    assert none.p > 0.05
    with pytest.raises(InputError, match="ours, paper"):
        analysis.contrast_models(made_up(), "ours", "theirs")


def test_csv_goes_out_and_comes_in_again(tmp_path):
    rates = made_up()
    place = tmp_path / "rates.csv"
    place.write_text(write_csv(rates))
    assert read_csv(place) == rates


def test_the_old_services_csv_is_read(tmp_path):
    place = tmp_path / "old.csv"
    place.write_text("u1;12_paintstorch_v2.png;paintstorch_v2;4\nu1;12_alacgan.png;;2\n\n")
    assert [(one.model, one.rate) for one in read_csv(place)] == [("paintstorch_v2", 4), ("alacgan", 2)]
    assert model_of("12_paintstorch_v2.png") == "paintstorch_v2"


@pytest.mark.parametrize("line", ["u1;a_b.png;b", "u1;a_b.png;b;6", "u1;a_b.png;b;x", "u1;ab.png;;3"])
def test_a_line_that_is_none_is_named(tmp_path, line):
    place = tmp_path / "broken.csv"
    place.write_text(f"u1;a_b.png;b;3\n{line}\n")
    with pytest.raises(InputError, match=r"broken\.csv:2"):
        read_csv(place)


def test_the_report_shows_every_model_and_nothing_from_elsewhere():
    page = render_report([*made_up(1.0), Rate("r0", "d0_<b>.png", "<b>", 3)])
    assert "ours" in page
    assert "&lt;b&gt;" in page
    assert "http" not in page
    assert "<script" not in page


def test_the_command_line_reports_and_exports(run, tmp_path, study, client):
    for rater in ("r1", "r2", "r3"):
        while item := next_of(client, rater)["item"]:
            model = study.item(item).model
            client.put(
                f"/v1/study/items/{item}/rate",
                json={"rater": rater, "rate": (4 if model == "ours" else 2) + (rater == "r1")},
            )
    place = tmp_path / "study.sqlite3"
    told = run("study", "report", place, "-o", tmp_path / "report.html", "--json")
    document = json.loads(told.out)
    assert [one["model"] for one in document["scores"]] == ["ours", "paper"]
    assert document["contrasts"][0]["difference"] == pytest.approx(2.0)
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert "ours over paper" in run("study", "report", place).out
    exported = run("study", "export", place).out
    assert exported.splitlines()[0] == "uuid;file;model;rate"
    assert len(exported.splitlines()) == 19
    missing = run("study", "report", tmp_path / "nothing.csv")
    assert (missing.code, len(missing.errors)) == (2, 1)


@pytest.fixture
def run(monkeypatch, capsys):
    from support.cli import Runner

    return Runner(monkeypatch, capsys)
