"""Questions about staff, as an administrator asks them."""

from datetime import datetime

from django.db.models import BinaryField, Exists, Func, OuterRef, Prefetch, Q, QuerySet

from grid.models import OutboxTask, Place, Post, Staff
from grid.rules.permissions import Permission


class NameOrder(Func):
    """Names as people look them up: Chinese ones by pinyin. The bytes of GB 18030 stand in that order for the everyday
    characters, and any PostgreSQL knows them; a collation for Chinese is not there in each."""

    function, template = "convert_to", "%(function)s(%(expressions)s, 'GB18030')"
    output_field = BinaryField()


def staff_managed_by(administrator: Staff) -> QuerySet[Staff]:
    """Whoever has or had a post in the administrator's places, and whoever never had one."""
    paths = administrator.paths_with(Permission.MANAGE_STAFF)
    if not paths:
        return Staff.objects.none()
    inside = Post.objects.filter(place__in=Place.objects.within(paths).values("pk")).values("staff")
    return Staff.objects.filter(Q(pk__in=inside) | ~Exists(Post.objects.filter(staff=OuterRef("pk"))))


def search_staff(people: QuerySet[Staff], words: str, at: datetime) -> QuerySet[Staff]:
    """Those whose name, user name or phone holds the words, by pinyin, with the posts they hold now."""
    words = words.strip()
    if words:
        people = people.filter(Q(name__icontains=words) | Q(user_name__icontains=words) | Q(phone__startswith=words))
    current = Post.objects.current(at).select_related("place").order_by("since", "pk")
    return people.order_by(NameOrder("name"), "pk").prefetch_related(Prefetch("posts", current, to_attr="posts_now"))


def without_post(people: QuerySet[Staff], at: datetime) -> QuerySet[Staff]:
    """Active staff who hold no post now: they can log in and see nothing."""
    return people.filter(~Exists(Post.objects.current(at).filter(staff=OuterRef("pk"))), is_active=True)


def posts_not_ended(staff: Staff, at: datetime) -> QuerySet[Post]:
    """Posts held now or later, with their places."""
    return Post.objects.filter(Q(until=None) | Q(until__gt=at), staff=staff).select_related("place")


def tasks_given_up() -> int:
    """Background tasks that failed for good: somebody must look."""
    return OutboxTask.objects.exclude(failed_at=None).count()
