"""Scope as the source shows it: who may name `unscoped`, which models are scoped, and what no view may do."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from grid.models import Place, ScopedManager, ScopedQuerySet
from residents.models import Household, Resident

ROOT = Path(settings.BASE_DIR)
APPS = ("grid", "residents", "quarantine")

# Layers that write, or work for nobody in particular: they are handed rows that a view found in scope.
UNSCOPED_LAYERS = ("actions", "tasks", "management", "models")
# Steps of taking a list in: they run inside an action or a task, for a place that the view found in scope.
UNSCOPED_MODULES = {
    "residents.lists.undo",
    "residents.lists.names",
    "residents.lists.readings",
    "residents.lists.twins",
    "residents.lists.twin_decisions",
}
# Reads that must look past the scope, or start from a row in scope: each by function and model, with the reason.
UNSCOPED_READS = {
    # How many notices a merge would take along: a number, for whoever edits places.
    ("grid.queries.place_changes", "look", "Notice"),
    # Rows of a door or case that the caller found in scope; the database keeps their grid equal to it.
    ("residents.queries.households", "with_names", "Resident"),
    ("residents.queries.households", "family_to_ring", "Resident"),
    ("residents.queries.households", "people_of", "Resident"),
    # Whether a building goes on in a grid out of sight: yes or no, and nothing of who lives there.
    ("residents.queries.buildings", "_is_shared", "Household"),
    ("quarantine.queries.cases", "check_ins_of", "CheckIn"),
    ("quarantine.queries.samples", "samples_of", "TestSample"),
    # Their grid is the one of then: whoever has the case now sees its samples and papers.
    ("quarantine.queries.samples", "samples_in_sight", "TestSample"),
    ("quarantine.queries.papers", "papers_in_sight", "CasePaper"),
    # Whether a case of the caller's rows has a valid paper: yes or no.
    ("quarantine.queries.papers", "valid_paper", "CasePaper"),
    # Anybody who holds a paper may ask by its secret code; nothing of the person is said.
    ("quarantine.queries.papers", "check", "CasePaper"),
    ("quarantine.queries.case_history", "decisions_of", "CaseChange"),
    # How many follow rules, by community: numbers, for whoever edits rules.
    ("quarantine.queries.rule_sets", "followers_of", "IsolationCase"),
    # Which lists named a person found in scope; the lists themselves are read in scope.
    ("residents.queries.person_file", "file_of", "ImportRow"),
    # An ID number is unique in a street: it must be found in every grid; `is_visible` decides what is said.
    ("residents.queries.households", "living_with", "Resident"),
    # In which compound a typed door may stand: names of places, nobody's data.
    ("residents.queries.doors", "compounds_of", "Household"),
    ("residents.queries.doors", "compounds_with", "Household"),
    # Who lives at the door people move to: `names_at` shows names in sight only.
    ("residents.queries.moves", "households_at", "Household"),
    # An offer is made to a place: whoever decides there sees it, and whom it names while it is open. A sender sees what
    # became of it though the people stand elsewhere by now.
    ("residents.queries.offers", "received", "MoveOffer"),
    ("residents.queries.offers", "sent", "MoveOffer"),
    ("residents.queries.offers", "people_of", "Resident"),
    ("residents.queries.offers", "described", "Resident"),
    ("quarantine.queries.leaving", "isolated_in", "IsolationCase"),
    # A twin may stand in any grid of the street; `likely` asks `visible_to` before anybody is named.
    ("residents.queries.twins", "candidates", "Resident"),
    # Ids of the others alone, so that a form does not tell again what somebody knows of.
    ("residents.queries.twins", "paired_with", "TwinPair"),
    # Pairs of which one stands in her places: the other one is not named unless she sees both (`_as_seen`).
    ("residents.queries.twins", "waiting", "TwinPair"),
    # Who lives behind a door of the list's own place, to whom somebody new comes.
    ("residents.queries.lists", "_names_behind", "Resident"),
    # In which grid of her community somebody lives who is out of her sight: the grid alone is said.
    ("residents.queries.names", "registered_beside", "Resident"),
    # Orders and leaves out names in sight by what an app above knows of the person; shows nobody.
    ("residents.queries.names", "_isolates", "Resident"),
    # Which rules are followed at all: no row of a person is shown.
    ("quarantine.queries.cases", "_rules_that_count", "IsolationCase"),
    # Whom to ring for a person of a round in scope.
    ("quarantine.queries.round", "_with_door", "Contact"),
    # The id alone, to lead to a case of a person in scope.
    ("quarantine.queries.cases", "open_case_of", "IsolationCase"),
    # Orders rows of people that the caller found in scope.
    ("quarantine.queries.marks", "is_isolated", "IsolationCase"),
    # The grid of a check-in is the one of then: whoever has the case now sees it.
    ("quarantine.queries.cases", "check_ins_in_sight", "CheckIn"),
}
# Children without a grid of their own: reached through their parent only.
CHILDREN = {
    "residents.ImportRow": "batch",
    "residents.ImportBlock": "batch",
    "residents.NameSource": "of",
    "residents.ImportTwin": "batch",
    "quarantine.SupplyLine": "request",
}
# Models of the ground that name a place or a member of staff and no resident.
OF_THE_GROUND = {"grid.Place", "grid.Post", "grid.AuditRecord", "quarantine.RuleSet", "residents.ColumnMemory"}
OF_THE_GROUND |= {"quarantine.PaperNumber"}


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Every module of the three apps, with its syntax tree."""
    files = [file for app in APPS for file in sorted((ROOT / app).rglob("*.py")) if "migrations" not in file.parts]
    return [
        (".".join(file.relative_to(ROOT).with_suffix("").parts), ast.parse(file.read_text(encoding="utf-8")))
        for file in files
    ]


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Top-level functions and methods with their names; the module itself for what stands outside of any."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node not in inside:
            inside |= set(ast.walk(node))
            yield node.name, node
    yield "", ast.Module([node for node in tree.body if node not in inside], [])


@cache
def unscoped_uses() -> Counter[tuple[str, str, str]]:
    """(module, function, model) of each `Model.unscoped`."""
    return Counter(
        (module, function, ast.unparse(node.value))
        for module, tree in modules()
        for function, body in functions(tree)
        for node in ast.walk(body)
        if isinstance(node, ast.Attribute) and node.attr == "unscoped"
    )


def may_write(module: str) -> bool:
    """Whether the module belongs to a layer that may name `unscoped` freely."""
    return module.split(".")[1] in UNSCOPED_LAYERS or module in UNSCOPED_MODULES


def test_only_known_reads_name_unscoped() -> None:
    found = {use for use in unscoped_uses() if not may_write(use[0])}
    assert found == UNSCOPED_READS


def test_a_known_read_names_unscoped_once() -> None:
    """A second one in the same function would be a new decision."""
    assert {use: count for use, count in unscoped_uses().items() if use in UNSCOPED_READS and count > 1} == {}


def test_the_base_manager_and_relations_are_no_way_around() -> None:
    """`_default_manager`, `_base_manager` and reverse relations of scoped models start from every row."""
    reverse = {
        relation.get_accessor_name()
        for model in scoped_models()
        for relation in model._meta.related_objects
        if relation.related_model in scoped_models() and relation.get_accessor_name()
    }
    ways = {"_default_manager", "_base_manager"} | {name for name in reverse if name and not name.endswith("+")}
    found = {
        (module, node.attr)
        for module, tree in modules()
        if module.split(".")[1] in ("views", "forms", "queries", "templatetags")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ways and not _is_import_path(node)
    }
    assert found == set()


def _is_import_path(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in (*APPS, "registries")


def scoped_models() -> list[type[models.Model]]:
    """The models that answer `visible_to`."""
    return [
        model for model in apps.get_models() if isinstance(model.__dict__.get("objects"), object) and is_scoped(model)
    ]


def is_scoped(model: type[models.Model]) -> bool:
    """Whether `objects` answers nothing but `visible_to`, and `unscoped` knows it too."""
    if type(getattr(model, "objects", None)) is not ScopedManager:
        return False
    return isinstance(model.unscoped.all(), ScopedQuerySet)  # type: ignore[attr-defined]


def is_history(model: type[models.Model]) -> bool:
    """Whether the rows are written by triggers; read by `residents.queries.history` alone, for a row in scope."""
    return hasattr(model, "pgh_id")


def test_every_model_about_people_is_scoped() -> None:
    about_people = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in APPS and not is_history(model)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model in (Place, Resident, Household)
    }
    unscoped = {label for label in about_people if not is_scoped(apps.get_model(label))}
    assert unscoped - OF_THE_GROUND - set(CHILDREN) == set()


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_a_scoped_model_carries_its_grid(model: type[models.Model]) -> None:
    assert model._meta.get_field("grid").related_model is Place


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("question", ["all", "count", "first", "exists"])
def test_objects_refuses_every_question_but_visible_to(model: type[models.Model], question: str) -> None:
    with pytest.raises(RuntimeError):
        getattr(model.objects, question)()  # type: ignore[attr-defined]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call in what reads for a page: its module, the words before its bracket, and the call."""
    return [
        (module, ast.unparse(node.func), node)
        for module, tree in modules()
        if module.split(".")[1] in ("views", "queries", "forms")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


@pytest.mark.parametrize(("label", "parent"), sorted(CHILDREN.items()))
def test_a_child_is_reached_through_its_parent(label: str, parent: str) -> None:
    name = label.partition(".")[2]
    for module, words, call in calls():
        if words.startswith(f"{name}.objects."):
            named = {keyword.arg for keyword in call.keywords}
            started = words == f"{name}.objects.filter"
            assert not started or parent in named, f"{module}: {ast.unparse(call)}"
            assert started or f"{name}.objects.filter({parent}=" in words, ast.unparse(call)


def test_no_view_asks_the_database_by_itself() -> None:
    """No SQL in views, forms and templatetags: what is read there goes through a manager that knows scope."""
    found = {
        module
        for module, tree in modules()
        if module.split(".")[1] in ("views", "forms", "templatetags")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("cursor", "raw", "extra")
    }
    assert found - {"grid.views.health"} == set()
