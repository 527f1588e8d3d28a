"""Markdown as HTML that is safe to show: raw HTML in the text stays text, links lead only where a click may lead."""

from functools import lru_cache

from markdown_it import MarkdownIt

_markdown = MarkdownIt("js-default", {"html": False, "linkify": False})


@lru_cache(maxsize=256)
def render(text: str) -> str:
    """The HTML of `text`. The same lesson is read by many: its rendering is kept."""
    rendered: str = _markdown.render(text)
    return rendered
