"""Pictures of a camera path: a still from three sides, a small one, a page that turns and plays.

The plotting libraries take a second to load, so they are imported when a picture is made.
"""

from recam.camera.plot.page import plot_path_html
from recam.camera.plot.panels import plot_path
from recam.camera.plot.shapes import describe, subject_of
from recam.camera.plot.small import plot_axes, plot_small

__all__ = ["describe", "plot_axes", "plot_path", "plot_path_html", "plot_small", "subject_of"]
