"""Whether our reader of pickles and the stock one give the same."""

from __future__ import annotations

import math
import pickle
import warnings
from typing import Any

import numpy as np


def stock_value(data: bytes) -> Any:
    """What the stock pickle reads; only for files that the closed machine has accepted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pickle.loads(data, encoding="bytes")


def assert_same(ours: Any, stock: Any) -> None:
    """Compare values, kinds and dtypes; an array of objects is a list here, a scalar a number."""
    if isinstance(stock, np.generic):
        stock = stock.item()
    if isinstance(stock, np.ndarray) and stock.dtype != object:
        _assert_same_array(ours, stock)
    elif isinstance(stock, dict):
        assert list(ours) == list(stock)
        assert_same(list(ours.values()), list(stock.values()))
    elif isinstance(stock, list | tuple | np.ndarray):
        assert ours.__class__ is (list if isinstance(stock, np.ndarray) else stock.__class__)
        assert len(ours) == len(stock)
        for one, other in zip(ours, stock, strict=True):
            assert_same(one, other)
    elif isinstance(stock, float) and math.isnan(stock):
        assert math.isnan(ours)
    else:
        assert ours == stock
        assert ours.__class__ is (bytes if isinstance(stock, bytearray) else stock.__class__)


def _assert_same_array(ours: Any, stock: np.ndarray[Any, Any]) -> None:
    assert isinstance(ours, np.ndarray)
    # numpy turns some arrays into the byte order of the machine while it reads them.
    assert ours.dtype.newbyteorder("=") == stock.dtype.newbyteorder("=")
    assert ours.shape == stock.shape
    assert ours.flags.f_contiguous == stock.flags.f_contiguous
    assert not ours.flags.writeable
    np.testing.assert_array_equal(ours, stock)
