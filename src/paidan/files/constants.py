from __future__ import annotations

from datetime import timedelta

MAX_BYTES = 12 * 1024 * 1024
"""The largest upload; the same as Django's limit for a request kept in memory."""
MAX_PIXELS = 50_000_000
"""The largest picture that is decoded: beyond it a small file could fill the memory."""
MAX_EDGE_PIXELS = 2048
"""Photos are kept no longer than this on their longer edge."""
JPEG_QUALITY = 85
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
"""What is read; HEIF only where the installed Pillow can."""
PHOTO_TYPE = "image/jpeg"
DRAFT = "D"
"""First letter of a subject that is only being written; no door opens to it, it waits for what becomes of it."""
DRAFT_LIFE = timedelta(days=1)
