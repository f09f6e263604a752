"""What a page, a notebook, plots, text curves and TensorBoard show: figures are computed here and handed to `show`."""
