"""Files handed in on the import page: `store` keeps them, `check` tries and imports them, `job` runs that."""

from data.uploads.store import Uploaded, UploadError, change, list_uploads, read_upload, receive, start

__all__ = ["UploadError", "Uploaded", "change", "list_uploads", "read_upload", "receive", "start"]
