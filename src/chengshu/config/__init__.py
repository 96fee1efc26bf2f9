"""Settings, URLs, processes: everything that joins the parts into one running system."""
