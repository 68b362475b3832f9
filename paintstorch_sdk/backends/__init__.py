"""Backends by name; see `registry`."""

from ..telemetry import switch_off

switch_off()  # here, because this runs before any backend's file imports its library
