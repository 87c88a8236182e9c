"""The demo street: 望江街道 with its places and staff; the apps above add people and work. A second street is there to
move to. Everybody is invented."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connections, transaction

from grid import registries
from grid.actions import audit
from grid.models import Instance, Place, Post, Staff
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind, path_of

COMMUNITIES = ["花园", "江湾", "柳岸", "水秀", "机床厂", "望江楼", "长堤", "新桥"]
GRIDS_OF = [8, 8, 8, 8, 8, 8, 8, 7]  # 63 in all
LEAD_BESIDE = "neighbour"  # who answers offers in the second street
DEMO_PASSWORD = "shouwang-demo"  # noqa: S105  (shown to everybody; an instance for real never has these accounts)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙陶贺毛郝顾龚邵万覃武钱戴严莫孔向常单仇解"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志海燕晓春梅小东文凤云"
    "林永生子涵欣怡宇轩梓浩然雨桐诗琪俊杰嘉怡思远"
)


class NotEmpty(Exception):
    """The database holds data that the builder did not make, or is not marked as a demo."""


@dataclass
class Demo:
    """What the builders hand on: places, staff, one source of chance, one moment."""

    at: datetime
    street: Place
    communities: list[Place]
    grids: list[Place]
    workers: dict[int, Staff]  # grid id → its worker
    chance: Random = field(default_factory=lambda: Random(20200206))  # noqa: S311  (demo data is no secret)

    def person_name(self) -> str:
        """A name of two or three characters."""
        given = self.chance.choice(GIVEN) + (self.chance.choice(GIVEN) if self.chance.random() < 0.7 else "")
        return self.chance.choice(SURNAMES) + given


def build_demo(*, at: datetime) -> Demo:
    """Fills an empty database with the demo street and marks it; raises NotEmpty otherwise."""
    with transaction.atomic():
        if Place.objects.exists() or Staff.objects.exists():
            raise NotEmpty
        Instance.objects.update_or_create(pk=1, defaults={"is_demo": True})
        with audit.deed("demo_built", by=SYSTEM, at=at):
            demo = _places_and_staff(at)
            for _rank, builder in sorted(registries.DEMO_BUILDERS, key=lambda entry: entry[0]):
                builder(demo)
    return demo


def empty_demo() -> None:
    """Removes every row of an instance that is marked as a demo (owner's connection); raises NotEmpty otherwise."""
    if not Instance.objects.filter(pk=1, is_demo=True).exists() and Place.objects.exists():
        raise NotEmpty
    connection = connections["owner"]
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in kept]
        names = ", ".join(connection.ops.quote_name(table) for table in tables)
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


def _places_and_staff(at: datetime) -> Demo:
    district = _place(Kind.DISTRICT, None, "临江区", "420198")
    street = _place(Kind.STREET, district, "望江街道", "420198001")
    communities, grids = [], []
    for position, (name, grid_count) in enumerate(zip(COMMUNITIES, GRIDS_OF, strict=True), start=1):
        community = _place(Kind.COMMUNITY, street, f"{name}社区", f"420198001{position:03}")
        communities.append(community)
        grids += [
            _place(Kind.GRID, community, f"{name}第{number}网格", f"420198001{position:03}{number:03}")
            for number in range(1, grid_count + 1)
        ]
    demo = Demo(at=at, street=street, communities=communities, grids=grids, workers={})
    _staff(demo, district, _street_beside(district))
    return demo


def _street_beside(district: Place) -> Place:
    """The community of a second, small street, so that people can move there; nobody lives in it yet."""
    street = _place(Kind.STREET, district, "柳林街道", "420198002")
    community = _place(Kind.COMMUNITY, street, "柳林社区", "420198002001")
    _place(Kind.GRID, community, "柳林第1网格", "420198002001001")
    return community


def _place(kind: Kind, parent: Place | None, name: str, code: str) -> Place:
    place = Place(pk=audit.reserve_id(Place), parent=parent, kind=kind, name=name, code=code)
    place.path = path_of(parent.path if parent else "", place.pk)
    place.street_id = place.pk if kind is Kind.STREET else (parent.street_id if parent else None)
    place.save(force_insert=True)
    return place


def _staff(demo: Demo, district: Place, beside: Place) -> None:
    password = make_password(DEMO_PASSWORD)  # one hash for all: 80 of them would take seconds and prove nothing
    since = demo.at - timedelta(days=400)

    numbers = count(1)

    def member(user_name: str, name: str, role: Role, place: Place) -> Staff:
        phone = f"1990000{9000 + next(numbers)}"
        staff = Staff.objects.create(user_name=user_name, name=name, phone=phone, password=password)
        Post.objects.create(staff=staff, place=place, role=role, since=since)
        return staff

    for number, grid in enumerate(demo.grids, start=1):
        user_name = "worker" if number == 1 else f"worker{number}"
        demo.workers[grid.pk] = member(user_name, demo.person_name(), Role.GRID_WORKER, grid)
    for number, community in enumerate(demo.communities, start=1):
        member("lead" if number == 1 else f"lead{number}", demo.person_name(), Role.COMMUNITY_LEAD, community)
    member(LEAD_BESIDE, "唐慧", Role.COMMUNITY_LEAD, beside)
    member("street", demo.person_name(), Role.STREET_SUPERVISOR, demo.street)
    member("district", demo.person_name(), Role.DISTRICT_VIEWER, district)
    member("admin", demo.person_name(), Role.ADMINISTRATOR, district)
    member("auditor", demo.person_name(), Role.AUDITOR, district)


def demo_logins() -> list[tuple[str, str]]:
    """(user name, what it is) of one member of staff per role, and of the lead beside; empty where it is no demo."""
    if not Instance.objects.filter(pk=1, is_demo=True).exists():
        return []
    names = ["worker", "lead", LEAD_BESIDE, "street", "district", "admin", "auditor"]
    posts = Post.objects.filter(staff__user_name__in=names).select_related("staff", "place").order_by("pk")
    return [(post.staff.user_name, str(post)) for post in posts]
