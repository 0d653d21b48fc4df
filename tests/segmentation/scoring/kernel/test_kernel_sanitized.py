"""The kernel on untrusted bytes, under two sanitizers, of addresses and of undefined behaviour: nothing goes astray."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reference import SHARED

from segmentation.compiled import SOURCE

COMPILER = shutil.which("gcc")
SUPPORT = Path(__file__).parents[3] / "support"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(COMPILER is None, reason="gcc, which has the sanitizers, is missing"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert COMPILER is not None
    made = tmp_path_factory.mktemp("sanitized") / "kernel.so"
    checks = [
        "-fsanitize=address,undefined,float-cast-overflow",
        "-fno-sanitize-recover=all",
        "-fno-omit-frame-pointer",
    ]
    subprocess.run(
        [
            COMPILER,
            "-std=c11",
            "-O1",
            "-g",
            "-ffp-contract=off",
            "-fPIC",
            "-shared",
            *checks,
            "-o",
            made,
            SOURCE,
            "-lm",
        ],
        check=True,
    )
    return made


def sanitized(library: Path, *arguments: str, script: str = "sanitized_kernel.py") -> subprocess.CompletedProcess[str]:
    assert COMPILER is not None
    runtime = subprocess.run(
        [COMPILER, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    # Python's own pools would hide where an object ends. What Python leaks at its end is its own affair.
    environment = os.environ | {
        "LD_PRELOAD": runtime,
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "PYTHONPATH": os.pathsep.join(
            [
                *map(str, (SUPPORT.parents[1], SUPPORT, SUPPORT / "cases", SUPPORT / "orders")),
                os.environ.get("PYTHONPATH", ""),
            ]
        ),
    }
    return subprocess.run(
        [sys.executable, str(SUPPORT / "cases" / script), str(library), *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("first", range(0, 600, 150))
def test_no_bytes_lead_it_astray(library: Path, first: int) -> None:
    done = sanitized(library, str(first), "150", *([str(SHARED / "cases")] if first == 0 else []))
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_no_file_of_orders_leads_it_astray(library: Path, first: int) -> None:
    done = sanitized(library, str(first), "40", script="sanitized_orders.py")
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("first", range(0, 1_200, 400))
def test_no_sheet_leads_it_astray(library: Path, first: int) -> None:
    done = sanitized(library, str(first), "400", script="sanitized_sheets.py")
    assert done.returncode == 0, done.stderr[-4000:]


def test_a_fault_would_be_seen(library: Path, tmp_path: Path) -> None:
    script = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).whole_records(b'x' * 100, 400, 44, bytes(8), bytes(8))"
    (tmp_path / "reads_beyond.py").write_text(script)
    assert COMPILER is not None
    runtime = subprocess.run([COMPILER, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = os.environ | {"LD_PRELOAD": runtime.stdout.strip(), "PYTHONMALLOC": "malloc"}
    environment["ASAN_OPTIONS"] = "detect_leaks=0"
    done = subprocess.run(
        [sys.executable, str(tmp_path / "reads_beyond.py"), str(library)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "AddressSanitizer" in done.stderr
