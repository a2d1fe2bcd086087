"""Files of models from a hub: what is fetched is kept, and a download that broke off is taken up again."""

from recam.hub.fetch import fetch_file, fetch_folder, is_hub_id

__all__ = ["fetch_file", "fetch_folder", "is_hub_id"]
