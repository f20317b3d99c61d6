"""The app package that an administrator uploads to Teams: filled in, checked and zipped.

The template lies in `manifest/` (in the wheel: `bot/_manifest`), its sentences in the language files as `manifest.*`.
"""
