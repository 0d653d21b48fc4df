"""What the kernel is told of a file of orders: how it is laid out, and what each column holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.orders.bulk.library import (
    CUSTOMER_CELL,
    MOST_NUMBER_COLUMNS,
    MOST_WORD_COLUMNS,
    NUMBER_CELL,
    ORDER_CELL,
    WORD_CELL,
)
from segmentation.orders.headings import Role
from segmentation.scoring.kernel.library import MOST_COLUMNS
from segmentation.scoring.kernel.plan import LayoutPlan

if TYPE_CHECKING:
    from segmentation.orders.evidence import Forms
    from segmentation.orders.mapping import OrderColumns
    from segmentation.reading.table import Table

# What a line is read from by more than its own cell.
_NOT_READ: Final = frozenset({Role.DISCOUNT, Role.PAYEE})
_WORDS: Final = (Role.DATE, Role.STATUS, Role.CURRENCY, Role.CANCELLED)


def suits(table: Table, columns: OrderColumns, forms: Forms) -> bool:
    """Tell whether the kernel can read a file's lines."""
    roles = columns.places.keys()
    return (
        not table.exact
        and 1 < table.layout.width <= MOST_COLUMNS
        and not roles & _NOT_READ
        and len(columns.used) == len(columns.places)
        and len(forms.styles) <= MOST_NUMBER_COLUMNS
        and len(_WORDS) <= MOST_WORD_COLUMNS
    )


class OrderPlan(LayoutPlan):
    """A file of orders for the kernel, if it `suits`.

    Attributes
    ----------
    words, numbers
        The roles of the columns that are read so, in the order the kernel has them.
    uses, places
        (columns of the file,) what each holds, and which of the words or numbers that is.
    """

    def __init__(self, table: Table, columns: OrderColumns, forms: Forms) -> None:
        super().__init__(table.rows, ())
        width = table.layout.width
        self.words = [role for role in _WORDS if role in columns.places]
        self.numbers = list(forms.styles)
        self.uses, self.places = np.zeros(width, dtype=np.uint8), np.zeros(width, dtype=np.uint8)
        marks = bytearray(width)
        for use, roles in ((WORD_CELL, self.words), (NUMBER_CELL, self.numbers)):
            for place, role in enumerate(roles):
                at = columns.places[role]
                self.uses[at], self.places[at] = use, place
                if use == NUMBER_CELL:
                    marks[at] = ord(forms.styles[role].decimal)
        for use, role in ((ORDER_CELL, Role.ORDER), (CUSTOMER_CELL, Role.CUSTOMER)):
            if role in columns.places:
                self.uses[columns.places[role]] = use
        self._set_bytes("marks", marks)
