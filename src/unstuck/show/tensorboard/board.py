"""Values as TensorBoard's protocol buffers; its event writer writes them. Scalars have 32 bits there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from unstuck.show.tensorboard.values import Histogram, Image, Line, Setting

MISSING = "TensorBoard files need the package tensorboard: pip install tensorboard (here: {error})."
QUEUE = 10_000
"""events that wait to be written: else the writer's own thread is woken for each"""


class Board:
    """One run of TensorBoard's, that is one folder: ``with Board(folder) as board``."""

    def __init__(self, folder: Path, began: float) -> None:
        require()
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self.began = began
        """the moment from which seconds are counted, in seconds since 1970"""
        self.writer = EventFileWriter(str(folder), max_queue_size=QUEUE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def line(self, line: Line) -> None:
        """A curve, each value at its step and its time."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        columns = (line.step.tolist(), line.seconds.tolist(), line.value.astype(np.float32).tolist())
        for step, seconds, value in zip(*columns, strict=True):
            self._add(Summary(value=[Summary.Value(tag=line.tag, simple_value=value)]), step, seconds)

    def histogram(self, histogram: Histogram) -> None:
        """Bins with their counts; sums are those of the counted elements, by the mean of the whole tensor."""
        from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

        number = float(histogram.counts.sum())
        proto = HistogramProto(
            min=float(histogram.edges[0]), max=float(histogram.edges[-1]), num=number, sum=histogram.mean * number,
            sum_squares=(histogram.mean**2 + histogram.std**2) * number, bucket_limit=histogram.edges[1:].tolist(),
            bucket=histogram.counts.tolist(),
        )  # fmt: skip
        self._add(Summary(value=[Summary.Value(tag=histogram.tag, histo=proto)]), histogram.step, histogram.seconds)

    def image(self, image: Image, seconds: float) -> None:
        """A picture, at step 0."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        proto = Summary.Image(
            height=image.height, width=image.width, colorspace=4, encoded_image_string=image.png
        )
        self._add(Summary(value=[Summary.Value(tag=image.tag, image=proto)]), 0, seconds)

    def text(self, tag: str, markdown: str, seconds: float) -> None:
        """A text, as TensorBoard's text page renders it."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.text.metadata import create_summary_metadata
        from tensorboard.util.tensor_util import make_tensor_proto

        value = Summary.Value(
            tag=tag, metadata=create_summary_metadata(display_name=tag, description=""),
            tensor=make_tensor_proto([markdown]),
        )  # fmt: skip
        self._add(Summary(value=[value]), 0, seconds)

    def hyper_parameters(
        self, name: str, settings: Mapping[str, Setting], metrics: Mapping[str, float], seconds: float
    ) -> None:
        """One row of the HParams page: settings and results."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2

        known = [summary_v2.HParam(setting) for setting in settings]
        wanted = [summary_v2.Metric(metric) for metric in metrics]
        self._add(summary_v2.hparams_config_pb(known, wanted, time_created_secs=self.began), 0, 0.0)
        row = summary_v2.hparams_pb(dict(settings), trial_id=name, start_time_secs=self.began)
        self._add(row, 0, 0.0)
        for tag, value in metrics.items():
            self._add(Summary(value=[Summary.Value(tag=tag, simple_value=value)]), 0, seconds)
        over = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=self.began + seconds)
        about = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=over))
        end = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
        self._add(Summary(value=[end]), 0, seconds)

    def _add(self, summary: Any, step: int, seconds: float) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self.writer.add_event(Event(wall_time=self.began + seconds, step=step, summary=summary))


def require() -> None:
    """Refuse clearly where TensorBoard is not installed.

    Raises:
        UsageError: with what to install.
    """
    try:
        import tensorboard.summary.writer.event_file_writer  # noqa: F401
    except ImportError as error:
        raise UsageError(MISSING.format(error=error)) from error
