"""Engines that write notes note by note, beside the default one: peers, controls, and judges of what is typical."""
