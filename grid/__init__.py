"""The ground: settings, places, staff, access, audit, notices, the frame of every page."""
