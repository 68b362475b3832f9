"""Who decides the color of a region, with strokes as people place them."""

from dataclasses import replace

import numpy as np
import pytest

from paintstorch_sdk.hints.exact import find_dabs
from paintstorch_sdk.hints.explain import explain_votes
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.hints.vote import REASONS, count_votes
from support.drawings import dot_tone, draw_scene, fill_box
from support.figures import AT, BLUSH, COAT, EYES, HAIR, SKIN, colors_of, draw_figure, stroke, vote

FIGURE = draw_figure()
PLAIN = (
    stroke(HAIR, 20, (180, 95), (320, 90)),
    stroke(SKIN, 18, (230, 285), (285, 288)),
    stroke(COAT, 24, (180, 430), (200, 480)),
)


def number_at(regions, place):
    x, y = AT[place]
    return int(regions.labels[y, x])


class TestPeople:
    def test_one_stroke_a_part(self):
        found = colors_of(FIGURE, *PLAIN)
        assert (found["hair"], found["face"], found["coat"]) == (HAIR, SKIN, COAT)
        assert found["page"] == "paper"
        assert {found["eye"], found["other eye"], found["pocket"]} == {"network"}

    @pytest.mark.parametrize("scale", [0.5, 1, 2, 3])
    def test_at_any_size(self, scale):
        strokes = [stroke(s.color, s.width * scale, *((x * scale, y * scale) for x, y in s.points)) for s in PLAIN]
        assert colors_of(draw_figure(scale), *strokes) == colors_of(FIGURE, *PLAIN)

    @pytest.mark.parametrize("gap", [4, 7, 10])
    def test_gaps_in_the_outlines_change_nothing(self, gap):
        found, expected = colors_of(draw_figure(gaps=gap), *PLAIN), colors_of(FIGURE, *PLAIN)
        assert found.pop("eye") in ("network", SKIN)  # of which a third is missing
        expected.pop("eye")
        assert found == expected

    def test_a_blob_that_spills_over_an_eye_colors_the_eye_alone(self):
        found = colors_of(FIGURE, *PLAIN, stroke(EYES, 34, (215, 212)), stroke(EYES, 30, (299, 214)))
        assert (found["eye"], found["other eye"], found["face"]) == (EYES, EYES, SKIN)

    def test_dots_of_blush_leave_the_face_as_it_is(self):
        blush = [stroke(BLUSH, 26, (190, 250)), stroke(BLUSH, 26, (322, 250))]
        for strokes in ((*PLAIN, *blush), (*blush, *PLAIN)):
            assert colors_of(FIGURE, *strokes)["face"] == SKIN

    def test_a_stroke_that_crosses_an_outline_does_not_flood_the_page(self):
        found = colors_of(FIGURE, *PLAIN, stroke(HAIR, 16, (90, 150), (170, 120)))
        assert found["page"] == "paper"
        assert found["hair"] == HAIR

    def test_a_stroke_that_begins_on_the_wrong_side_means_where_it_lies(self):
        found = colors_of(FIGURE, PLAIN[0], PLAIN[1], stroke(COAT, 18, (256, 312), (250, 400), (240, 470)))
        assert (found["coat"], found["face"]) == (COAT, SKIN)

    def test_a_stroke_on_the_page_colors_the_page(self):
        assert colors_of(FIGURE, *PLAIN, stroke("#c0e0f0", 20, (30, 40), (30, 300)))["page"] == "#c0e0f0"

    def test_a_dot_on_the_page_is_a_slip(self):
        assert colors_of(FIGURE, *PLAIN, stroke("#ff0000", 14, (60, 60)))["page"] == "paper"

    def test_two_dots_of_a_color_on_the_page_mean_it(self):
        dots = [stroke("#c0e0f0", 14, place) for place in ((60, 60), (60, 400))]
        assert colors_of(FIGURE, *PLAIN, *dots)["page"] == "#c0e0f0"
        assert colors_of(FIGURE, *PLAIN, dots[1], stroke("#ff0000", 14, (60, 60)))["page"] == "paper"

    @pytest.mark.parametrize(
        ("points", "page"),
        [(((40, 60), (55, 70)), "#c0e0f0"), (((70, 190), (80, 210)), "paper")],
        ids=["far from all lines", "beside the figure"],
    )
    def test_a_short_stroke_far_from_the_figure_means_the_page(self, points, page):
        assert colors_of(FIGURE, *PLAIN, stroke("#c0e0f0", 6, *points))["page"] == page

    @pytest.mark.parametrize(("y", "shares"), [(480, True), (60, False)])
    def test_so_does_a_white_dot_in_any_part_at_the_border(self, y, shares):
        page = np.full((512, 512), 255, np.uint8)
        page[:, 300:303] = 0  # what lies to the right of it is not the page
        regions, _, votes = vote(page, stroke(COAT, 10, (400, 40), (430, 40)), stroke("#ffffff", 16, (400, y)))
        number = int(regions.labels[250, 400])
        assert not regions.page[number]
        assert (number in votes.rivals) is shares

    def test_a_white_stroke_or_a_dot_far_from_all_colors_keeps_its_part_of_a_colored_page_white(self):
        sky = stroke("#c0e0f0", 40, (30, 300), (30, 500))
        cloud, gap, star = (stroke("#ffffff", 6, *way) for way in (((20, 40), (40, 40)), ((30, 40),), ((60, 280),)))
        for white, shares in ((cloud, True), (gap, True), (star, False)):
            regions, marks, votes = vote(FIGURE, sky, white)
            rivals = votes.rivals.get(number_at(regions, "page"), [])
            assert [marks.colors[group].tolist() for group in rivals] == shares * [[[0xC0, 0xE0, 0xF0]], [[255] * 3]]

    @pytest.mark.parametrize(("count", "page"), [(2, "paper"), (3, "#c0e0f0")])
    def test_of_a_painted_layer_three_dots_mean_the_page(self, count, page):
        dots = [stroke("#c0e0f0", 14, place) for place in ((60, 60), (60, 400), (450, 90))]
        layer = Hints(tuple(dots[:count])).draw(512, 512)
        assert colors_of(FIGURE, layer=layer)["page"] == page

    def test_an_open_coat_does_not_flood_the_page(self):
        page = draw_figure()
        page[400:425, 80:140] = 255  # a wide hole in its outline
        found = colors_of(page, *PLAIN)
        assert (found["page"], found["coat"]) == ("paper", COAT)

    def test_an_empty_set_of_strokes(self):
        assert set(colors_of(FIGURE).values()) == {"paper", "network"}

    def test_strokes_outside_the_page(self):
        assert colors_of(FIGURE, *PLAIN, stroke("#00ff00", 50, (-300, 900))) == colors_of(FIGURE, *PLAIN)

    def test_a_stroke_on_a_line_alone_counts(self):
        regions, _, votes = vote(FIGURE, stroke(EYES, 2, (116, 190)))
        assert np.isin(votes.reasons, [REASONS.index("stroke")]).sum() <= len(regions)


class TestRooms:
    """Two places with a wide pass between them are one to a stroke."""

    @pytest.fixture
    def rooms(self):
        page = np.full((512, 512), 255, np.uint8)
        page[150:350, [60, 61, 449, 450]] = page[[150, 151, 349, 350], 60:451] = 0
        page[150:200, 250:253] = page[300:350, 250:253] = 0  # a door half as wide as the rooms
        return page

    def test_a_stroke_in_one_colors_both(self, rooms):
        regions, _, votes = vote(rooms, stroke(HAIR, 16, (90, 250), (160, 250)))
        left, right = (int(regions.labels[250, x]) for x in (120, 400))
        assert regions.rooms[left] == regions.rooms[right]
        assert votes.colors[left].tolist() == votes.colors[right].tolist() == [0x50, 0x60, 0xC0]

    def test_each_keeps_the_color_of_its_own_stroke(self, rooms):
        regions, _, votes = vote(
            rooms, stroke(HAIR, 16, (90, 250), (160, 250)), stroke(COAT, 16, (340, 250), (410, 250))
        )
        left, right = (int(regions.labels[250, x]) for x in (120, 400))
        assert votes.colors[left].tolist() == [0x50, 0x60, 0xC0]
        assert votes.colors[right].tolist() == [0xB0, 0x30, 0x40]

    def test_what_lies_at_home_outvotes_what_was_drawn_across(self):
        """A long stroke over an eye colors the face, the dot on top of it the eye."""
        found = colors_of(
            FIGURE, stroke(SKIN, 20, (170, 205), (330, 212)), stroke(EYES, 10, (215, 212)), stroke(EYES, 10, (297, 212))
        )
        assert (found["face"], found["eye"], found["other eye"]) == (SKIN, EYES, EYES)

    def test_specks_between_dots_do_not_join_what_they_part(self):
        page = draw_scene()
        page[255:257, 70:250:4] = 0  # a dotted line across the circle
        regions, _, votes = vote(page, stroke(HAIR, 16, (130, 210), (190, 205)))
        assert votes.reasons[regions.labels[215, 160]] == REASONS.index("stroke")


class TestBeginnings:
    """A stroke means the place where it was begun."""

    SLIP = ((140, 225), (190, 228))  # half in the hair, half on the face

    def test_a_stroke_that_slips_means_where_it_was_begun(self):
        found = colors_of(FIGURE, stroke(EYES, 12, *self.SLIP))
        assert (found["hair"], found["face"]) == (EYES, "network")
        found = colors_of(FIGURE, stroke(EYES, 12, *self.SLIP[::-1]))
        assert (found["hair"], found["face"]) == ("network", EYES)

    def test_what_slips_crosses_the_place_unless_it_is_a_dot_or_the_page(self):
        for slipping, place in (
            (stroke(EYES, 12, *self.SLIP), "face"),
            (stroke(EYES, 12, *self.SLIP[::-1]), "hair"),
            (stroke(EYES, 26, (155, 225)), None),
            (stroke(EYES, 12, (130, 225), (90, 228)), None),
        ):
            regions, _, votes = vote(FIGURE, slipping)
            crossed = [] if place is None else [[0, int(regions.rooms[number_at(regions, place)])]]
            assert votes.crossed.T.tolist() == crossed

    @pytest.mark.parametrize(("start", "coat"), [(340, False), (354, True)])
    def test_what_slips_to_the_border_of_the_drawing_colors_it_only_where_most_of_it_lies(self, start, coat):
        found = colors_of(FIGURE, stroke(EYES, 10, (start, 430), (396, 430)))
        assert (found["pocket"] == EYES, found["coat"] == EYES) == (not coat, coat)

    @pytest.mark.parametrize(
        "points",
        [[(152, 226), (196, 226)], [(160, 226), (130, 226), (186, 226)]],
        ids=["begun in the hair", "begun on the line between"],
    )
    def test_what_slips_says_nothing_beside_what_is_aimed(self, points):
        slipping = stroke(EYES, 12, *points)
        aimed = stroke(SKIN, 12, (230, 285), (239, 286))
        assert colors_of(FIGURE, slipping)["face"] == EYES
        assert colors_of(FIGURE, slipping, aimed)["face"] == SKIN

    def test_of_a_painted_layer_nobody_knows(self):
        layer = Hints((stroke(EYES, 12, *self.SLIP),)).draw(512, 512)
        found = colors_of(FIGURE, layer=layer)
        assert (found["hair"], found["face"]) == (EYES, EYES)

    @pytest.mark.parametrize(("end", "face"), [(232, "network"), (300, EYES)])
    def test_a_stroke_on_ink_means_the_ink(self, end, face):
        page = FIGURE.copy()
        page[270:300, 190:230] = 0  # a beard
        assert colors_of(page, stroke(EYES, 16, (200, 285), (end, 285)))["face"] == face

    @pytest.mark.parametrize(("color", "face"), [("#101010", SKIN), (EYES, EYES)])
    def test_black_that_lies_on_ink_says_nothing_beside_what_is_aimed(self, color, face):
        page = FIGURE.copy()
        page[270:300, 190:230] = 0
        black, aimed = stroke(color, 16, (200, 285), (262, 285)), stroke(SKIN, 12, (290, 285), (299, 286))
        assert colors_of(page, black)["face"] == color
        assert colors_of(page, black, aimed)["face"] == face

    @pytest.mark.parametrize(("place", "says"), [((63, 200), False), ((253, 260), True)])
    def test_a_black_dot_on_a_line_says_nothing_unless_it_fills_a_good_part(self, place, says):
        page = np.full((512, 512), 255, np.uint8)
        for low, high in ((60, 450), (250, 270)):
            page[low : high + 4, low : high + 4] = 0
            page[low + 4 : high, low + 4 : high] = 255
        regions, _, votes = vote(page, stroke("#101010", 8, place))
        reasons = [REASONS[votes.reasons[regions.labels[at]]] for at in ((100, 100), (260, 260))]
        assert reasons == ["network", "stroke" if says else "network"]

    def test_a_stroke_on_ink_that_says_nothing_is_painted_on_the_ink(self):
        page = FIGURE.copy()
        page[380:500, 200:300] = 0  # a jacket with a slit
        page[400:480, 250:252] = 255
        regions, marks, votes = vote(page, stroke(EYES, 10, (251, 430), (251, 450)))
        assert not np.isin(votes.reasons, [REASONS.index("stroke")]).any()
        (dab,) = find_dabs(votes, marks, regions)
        assert marks.starts[0] in dab.places
        beside = vote(page, stroke(EYES, 10, (296, 430), (296, 450)))
        assert beside[0].walls.ravel()[find_dabs(beside[2], beside[1], beside[0])[0].places].all()

    def test_a_stroke_that_slips_off_ink_does_not_mean_the_page(self):
        page = FIGURE.copy()
        assert colors_of(page, stroke(EYES, 20, (45, 200), (110, 200)))["page"] == EYES
        page[100:300, 20:60] = 0  # a third of the stroke
        assert colors_of(page, stroke(EYES, 20, (45, 200), (110, 200)))["page"] == "paper"

    def test_a_long_stroke_is_drawn_across_on_purpose(self):
        found = colors_of(FIGURE, stroke(EYES, 12, (256, 60), (256, 200)))
        assert (found["hair"], found["face"]) == (EYES, EYES)

    def test_a_pen_that_is_pressed_harder_begins_nothing(self):
        pressed = stroke(EYES, 10, (256, 70), (140, 225)), stroke(EYES, 12, *self.SLIP)
        found = colors_of(FIGURE, *pressed)
        assert (found["hair"], found["face"]) == (EYES, EYES)


class TestDisagreement:
    def test_two_colors_that_say_as_much_share_a_region(self):
        regions, _, votes = vote(
            draw_scene(), stroke(HAIR, 14, (100, 220), (130, 300)), stroke(COAT, 14, (190, 220), (210, 300))
        )
        number = int(regions.labels[256, 160])
        assert REASONS[votes.reasons[number]] == "strokes"
        assert len(votes.rivals[number]) == 2

    def test_one_that_says_far_less_does_not(self):
        regions, _, votes = vote(
            draw_scene(), stroke(HAIR, 20, (100, 220), (130, 300)), stroke(COAT, 8, (200, 250), (210, 260))
        )
        number = int(regions.labels[256, 160])
        assert REASONS[votes.reasons[number]] == "stroke"
        assert not votes.rivals

    def test_a_shade_of_the_same_color_shares_its_region_sooner_unless_it_was_drawn_across_a_line(self):
        loud, shade = stroke(HAIR, 20, (110, 220), (150, 300)), "#404c9a"
        for color, place, shares in (
            (COAT, ((190, 240), (205, 260)), False),
            (shade, ((230, 240), (252, 260)), False),
            (shade, ((190, 240), (205, 260)), True),
        ):
            regions, marks, votes = vote(draw_scene(), loud, stroke(color, 10, *place))
            assert (int(regions.labels[256, 160]) in votes.rivals) is shares
        recolored = replace(marks, colors=np.array([[0x50, 0x60, 0xC0], [0xB0, 0x30, 0x40]], np.uint8))
        assert not count_votes(regions, recolored, votes).rivals

    def test_many_strokes_of_one_color_agree(self):
        strokes = [stroke(HAIR, 8, (100 + 12 * i, 230), (100 + 12 * i, 280)) for i in range(10)]
        regions, _, votes = vote(draw_scene(), *strokes)
        assert REASONS[votes.reasons[regions.labels[256, 160]]] == "stroke"


class TestTones:
    def test_regions_of_one_tone_are_of_one_color(self):
        page = draw_scene()
        page = fill_box(page, 180)
        inside = np.hypot(*(np.indices(page.shape) - np.array([256, 160])[:, None, None])) < 86
        page[inside] = np.minimum(page[inside], 180)
        regions, _, votes = vote(page, stroke(HAIR, 16, (130, 210), (190, 205)))
        other = regions.labels[340, 312]
        assert REASONS[votes.reasons[other]] == "tone"
        assert votes.colors[other].tolist() == [0x50, 0x60, 0xC0]

    @pytest.mark.parametrize("paint", [200, 120, dot_tone(6, 2)], ids=["light", "dark", "dots"])
    def test_a_stroke_on_a_tone_colors_it(self, paint):
        regions, _, votes = vote(fill_box(draw_scene(), paint), stroke(COAT, 16, (320, 170), (430, 170)))
        assert votes.colors[regions.labels[340, 312]].tolist() == [0xB0, 0x30, 0x40]


class TestReasons:
    def test_are_said_in_words(self):
        regions, marks, votes = vote(FIGURE, *PLAIN)
        told = explain_votes(regions, marks, votes)
        assert [region.number for region in told] == list(range(len(regions)))
        face, page, eye = (told[number_at(regions, place)] for place in ("face", "page", "eye"))
        assert (face.reason, face.stroke, face.why) == ("stroke", 1, "stroke 1 (#f6d5c3) says most in it")
        assert (page.reason, page.color, page.stroke) == ("paper", (255, 255, 255), None)
        assert (eye.reason, eye.color) == ("network", None)

    def test_tell_what_a_network_found_where_no_stroke_tells(self):
        regions, marks, votes = vote(FIGURE, *PLAIN)
        colors, paper = votes.colors.copy(), np.zeros(len(regions), bool)
        face, page, eye, other = (number_at(regions, place) for place in ("face", "page", "eye", "other eye"))
        votes.reasons[eye], votes.leaders[eye], votes.colors[eye] = REASONS.index("neighbor"), 0, colors[page]
        colors[[page, eye]], paper[other] = (1, 2, 3), True
        told = explain_votes(regions, marks, votes, (colors, paper))
        for number in (page, eye):
            assert (told[number].reason, told[number].color, told[number].stroke) == ("network", (1, 2, 3), None)
            assert told[number].why == "no stroke tells of it: a network finds it most like what is #010203"
        assert told[other].why == "no stroke tells of it: a network finds it most like paper"
        assert told[face] == explain_votes(regions, marks, votes)[face]

    def test_do_not_depend_on_the_order_of_strokes_that_do_not_meet(self):
        assert colors_of(FIGURE, *PLAIN) == colors_of(FIGURE, *PLAIN[::-1])

    def test_of_random_strokes_are_whole(self, rng):
        """Every region has one reason, and a color of a stroke where a stroke decides."""
        palette = [f"#{color:06x}" for color in rng.integers(0, 2**24, 12)]
        for _ in range(25):
            strokes = [
                stroke(str(rng.choice(palette)), float(rng.uniform(2, 60)), *map(tuple, rng.uniform(-30, 540, (3, 2))))
                for _ in range(rng.integers(1, 20))
            ]
            regions, marks, votes = vote(FIGURE, *strokes)
            assert votes.reasons.shape == votes.leaders.shape == (len(regions),)
            decided = np.isin(votes.reasons, [REASONS.index(r) for r in ("stroke", "strokes", "neighbor", "tone")])
            assert (votes.leaders[decided] >= 0).all()
            assert (votes.colors[decided] == marks.colors[votes.leaders[decided]]).all()
            assert (votes.leaders[~decided] == -1).all()
            assert (np.diff(votes.owned) > 0).all()


def test_a_hundred_thousand_strokes_vote_in_seconds(rng):
    """Slow by far would be quadratic: as many pairs take minutes."""
    import time

    from paintstorch_sdk.hints.marks import draw_marks
    from paintstorch_sdk.hints.model import Hints
    from paintstorch_sdk.hints.vote import count_votes
    from support.figures import understand

    _, regions = understand(FIGURE)
    points = rng.uniform(0, 512, (100_000, 1, 2))
    hints = Hints(tuple(stroke(HAIR if i % 2 else COAT, 3, *map(tuple, p)) for i, p in enumerate(points.tolist())))
    start = time.process_time()
    count_votes(regions, draw_marks(hints, (512, 512), 1.0))
    assert time.process_time() - start < 20
