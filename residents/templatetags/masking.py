"""Names for pages whose reader may count people and not know them."""

from django import template

from residents.rules import names

register = template.Library()


@register.filter
def masked_name(name: str) -> str:
    """李晓明 → 李*明."""
    return names.masked(name)
