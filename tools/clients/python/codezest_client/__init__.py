"""Typed clients of CodeZest: one sub-package for each service."""
