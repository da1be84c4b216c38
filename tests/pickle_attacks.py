"""Pickles that would run code, write files, or harm the process that reads them."""

from __future__ import annotations

import pickle

import pickle_assembler as asm
from pickle_case import HONEST, IMAGES, MARKER, Case, attack, named, refused


def _direct_execution() -> list[Case]:
    touch = f"touch {MARKER}"
    write = f"open({MARKER!r}, 'w')"
    attacks = {
        "os.system": attack("os", "system", touch),
        "posix.system": attack("posix", "system", touch),
        "nt.system": attack("nt", "system", touch),
        "os.popen": attack("os", "popen", touch),
        "os.execvp": attack("os", "execvp", "touch", ["touch", MARKER]),
        "subprocess.check_call": attack("subprocess", "check_call", ["touch", MARKER]),
        "subprocess.Popen": attack("subprocess", "Popen", ["touch", MARKER]),
        "pty.spawn": attack("pty", "spawn", ["touch", MARKER]),
        "builtins.eval": attack("builtins", "eval", write),
        "builtins.exec": attack("builtins", "exec", write),
        "__builtin__.eval": attack("__builtin__", "eval", write),
        "builtins.compile": attack("builtins", "compile", write, "f", "exec"),
        "runpy.run_path": attack("runpy", "run_path", MARKER),
        "code.interact": attack("code", "interact"),
    }
    images = attack("os", "system", touch)
    return named("direct execution", attacks) + named(
        "direct execution",
        {
            "by names of protocol 4": asm.call(asm.stack_name("os", "system"), asm.value(touch)),
            "as images": asm.fields(images=images),
            "as labels": asm.fields(images=IMAGES, labels=images),
            "as a class name": asm.fields(images=IMAGES, labels=asm.row(), classes=images),
            "as the state of an array": asm.build(asm.SHELL, images),
            "as the shape of an array": asm.build(asm.SHELL, asm.pack(asm.value(1), images)),
            "as the typecode of an array": asm.call(
                asm.name("numpy.core.multiarray", "_reconstruct"), asm.NDARRAY, images
            ),
            "in a pair behind an image": asm.row(asm.pack(IMAGES, images)),
        },
    )


def _indirect_execution() -> list[Case]:
    attacks = {
        "getattr": attack("builtins", "getattr", "", "join"),
        "__import__": attack("builtins", "__import__", "os"),
        "map": attack("builtins", "map", 1, 2),
        "importlib": attack("importlib", "import_module", "os"),
        "operator.methodcaller": attack("operator", "methodcaller", "system", "id"),
        "operator.attrgetter": attack("operator", "attrgetter", "system"),
        "functools.partial": attack("functools", "partial", 1),
        "functools.reduce": attack("functools", "reduce", 1, [1]),
        "types.FunctionType": attack("types", "FunctionType", 1, {}),
        "types.CodeType": attack("types", "CodeType", 0),
        "copyreg._reconstructor": attack("copyreg", "_reconstructor", 1, 2, 3),
        "copy_reg._reconstructor": attack("copy_reg", "_reconstructor", 1, 2, 3),
        "weakref.finalize": attack("weakref", "finalize", 1, 2),
        "ctypes.CDLL": attack("ctypes", "CDLL", "libc.so.6"),
        "a dotted name below an allowed one": attack("numpy", "ndarray.tofile", MARKER),
        "an allowed name of another module": attack("numpy.core", "ndarray"),
        "a module with a trailing dot": attack("numpy.", "ndarray"),
        "a name with a space": attack("numpy", "ndarray "),
        "names cut at another place": attack("numpy.core.multiarray._reconstruct", "x"),
        "torch.load": attack("torch", "load", MARKER),
        "pandas": attack("pandas.core.frame", "DataFrame"),
        "joblib": attack("joblib.numpy_pickle", "NumpyArrayWrapper"),
        "own class": attack("__main__", "Images"),
        "own loader": attack("shared.intake.pickles", "pickle"),
    }
    return named("indirect execution", attacks)


def _file_writes() -> list[Case]:
    attacks = {
        "builtins.open": attack("builtins", "open", MARKER, "w"),
        "_io.FileIO": attack("_io", "FileIO", MARKER, "w"),
        "io.open": attack("io", "open", MARKER, "w"),
        "pathlib": attack("pathlib", "Path.touch", MARKER),
        "os.mkdir": attack("os", "mkdir", MARKER),
        "os.unlink": attack("os", "unlink", MARKER),
        "shutil.rmtree": attack("shutil", "rmtree", MARKER),
        "numpy.save": attack("numpy", "save", MARKER, 1),
        "numpy.savez": attack("numpy", "savez", MARKER, 1),
        "numpy.memmap": attack("numpy", "memmap", MARKER, "uint8", "w+", 0, (1,)),
        "logging.FileHandler": attack("logging", "FileHandler", MARKER),
        "sqlite3.connect": attack("sqlite3", "connect", MARKER),
        "zipfile": attack("zipfile", "ZipFile", MARKER, "w"),
    }
    return named("file writes", attacks)


def _numpy_namespace() -> list[Case]:
    attacks = {
        "numpy.load": attack("numpy", "load", MARKER),
        "numpy.fromfile": attack("numpy", "fromfile", "/etc/hostname"),
        "multiarray.fromfile": attack("numpy.core.multiarray", "fromfile", "/etc/hostname"),
        "numpy.frombuffer": attack("numpy", "frombuffer", b"abcd"),
        "numpy.array": attack("numpy", "array", [1]),
        "numpy.zeros": attack("numpy", "zeros", (1 << 40,)),
        "numpy.matrix": attack("numpy.matrixlib.defmatrix", "matrix", "1"),
        "numpy.rec": attack("numpy", "recarray", (1,)),
        "masked array": attack("numpy.ma.core", "_mareconstruct", 1, 2, (0,), b"b"),
        "runstring": attack("numpy.testing._private.utils", "runstring", "x=1", {}),
        "f2py eval": attack("numpy.f2py.crackfortran", "myeval", "1"),
        "lib.npyio": attack("numpy.lib.npyio", "load", MARKER),
        "_pickle ufunc": attack("numpy.core", "_ufunc_reconstruct", "os", "system"),
        "random state": attack("numpy.random._pickle", "__randomstate_ctor", "MT19937"),
    }
    calls = {
        "ndarray called": asm.call(asm.NDARRAY, asm.value((1,))),
        "dtype of a dtype": asm.call(asm.name("numpy", "dtype"), asm.dtype()),
        "dtype of a string of fields": attack("numpy", "dtype", "u1,u1", False, True),
        "dtype with metadata": attack("numpy", "dtype", "u1", False, True, {}),
        "dtype with alignment": attack("numpy", "dtype", "u1", True, True),
        "dtype of a list": attack("numpy", "dtype", ["u1"], False, True),
        "dtype of pointers": attack("numpy", "dtype", "O4", False, True),
        "dtype of void": attack("numpy", "dtype", "V8", False, True),
        "dtype of time": attack("numpy", "dtype", "M8", False, True),
        "dtype of empty text": attack("numpy", "dtype", "S0", False, True),
        "dtype of long text": attack("numpy", "dtype", "U201", False, True),
        "dtype of huge text": attack("numpy", "dtype", "S999999999", False, True),
        "reconstruct of a dtype": asm.call(
            asm.name("numpy.core.multiarray", "_reconstruct"),
            asm.name("numpy", "dtype"),
            asm.value((0,)),
            asm.value(b"b"),
        ),
        "reconstruct with a size": asm.call(
            asm.name("numpy.core.multiarray", "_reconstruct"),
            asm.NDARRAY,
            asm.value((2**40,)),
            asm.value(b"b"),
        ),
        "reconstruct of objects": asm.call(
            asm.name("numpy.core.multiarray", "_reconstruct"),
            asm.NDARRAY,
            asm.value((0,)),
            asm.value(b"O"),
        ),
        "reconstruct with an array as its size": asm.call(
            asm.name("numpy.core.multiarray", "_reconstruct"), asm.NDARRAY, IMAGES, asm.value(b"b")
        ),
        "frombuffer in another order": asm.call(
            asm.name("numpy.core.numeric", "_frombuffer"),
            asm.value(b"x"),
            asm.dtype(),
            asm.value((1,)),
            asm.value("K"),
        ),
        "frombuffer of a number": asm.call(
            asm.name("numpy.core.numeric", "_frombuffer"),
            asm.value(5),
            asm.dtype(),
            asm.value((1,)),
            asm.value("C"),
        ),
        "scalar of an object": asm.call(
            asm.name("numpy.core.multiarray", "scalar"),
            asm.dtype("O8", (3, "|", None, None, None, -1, -1, 63)),
            asm.value(b"12345678"),
        ),
        "scalar of too few bytes": asm.call(
            asm.name("numpy.core.multiarray", "scalar"),
            asm.dtype("i8", (3, "<", *asm.DTYPE_STATE[2:])),
            asm.value(b"1"),
        ),
        "scalar of three parts": asm.call(
            asm.name("numpy.core.multiarray", "scalar"), asm.dtype(), *[asm.value(b"x")] * 2
        ),
        "scalar without bytes": asm.call(
            asm.name("numpy.core.multiarray", "scalar"), asm.dtype(), asm.value(7)
        ),
    }
    wrong = "pickle (calls|asks for|makes)|array (size|without)"
    whole = {name: asm.whole(operations) for name, operations in calls.items()}
    return named("numpy namespace", attacks) + refused("numpy namespace", wrong, whole)


def _process_poisoning() -> list[Case]:
    attacks = {
        "sys.setrecursionlimit": attack("sys", "setrecursionlimit", 10),
        "sys.exit": attack("sys", "exit", 0),
        "os._exit": attack("os", "_exit", 0),
        "os.kill": attack("os", "kill", 1, 0),
        "os.putenv": attack("os", "putenv", "CATWALK_FPS", "0"),
        "gc.disable": attack("gc", "disable"),
        "signal.alarm": attack("signal", "alarm", 1),
        "copyreg.pickle": attack("copyreg", "pickle", 1, 2),
        "copyreg.add_extension": attack("copyreg", "add_extension", "os", "system", 1),
        "numpy.seterr": attack("numpy", "seterr", "raise"),
        "numpy.set_string_function": attack("numpy.core.arrayprint", "set_string_function", 1),
        "multiarray.set_typeDict": attack("numpy.core.multiarray", "set_typeDict", {}),
        "builtins.setattr": attack("builtins", "setattr", 1, "x", 2),
    }
    state = "changes the state of an object|keys? |takes more|sets items"
    poisons = {
        "a state for a function": asm.build(asm.NDARRAY, asm.value({"x": 1})),
        "a state for encode": asm.build(asm.name("_codecs", "encode"), asm.value({"x": 1})),
        "a state for a dict": asm.build(asm.value({}), asm.value({"x": 1})),
        "a state for a complete array": asm.build(IMAGES, asm.pack(*[b"K\x01"] * 5)),
        "a state for a complete dtype": asm.build(asm.dtype(), asm.value(asm.DTYPE_STATE)),
        "items for a function": asm.NDARRAY + asm.value("x") + b"Ns",
        "items for an array": IMAGES + b"(" + asm.value("x") + b"Nu",
    }
    whole = {name: asm.whole(operations) for name, operations in poisons.items()}
    return named("process poisoning", attacks) + refused("process poisoning", state, whole)


def _nested_pickles() -> list[Case]:
    inner = b"cos\nsystem\n(S'touch " + MARKER.encode() + b"'\ntR."
    attacks = {
        "pickle.loads": attack("pickle", "loads", inner),
        "_pickle.loads": attack("_pickle", "loads", inner),
        "cPickle.loads": attack("cPickle", "loads", inner),
        "pickle.Unpickler": attack("pickle", "Unpickler", inner),
        "dill": attack("dill._dill", "loads", inner),
        "cloudpickle": attack("cloudpickle.cloudpickle", "_make_function", inner),
        "marshal.loads": attack("marshal", "loads", inner),
        "joblib.load": attack("joblib", "load", MARKER),
        "numpy.load with pickles": attack("numpy", "load", MARKER, None, True),
    }
    data = pickle.dumps({"images": inner}, 4)
    return [
        *named("nested pickles", attacks),
        Case("nested pickles", "bytes are not read", data, "useless", "no images found in f"),
        Case(
            "nested pickles",
            "one behind another",
            HONEST + inner,
            expected=r"bytes after the pickle in f at byte \d+: expected none, got",
        ),
        Case(
            "nested pickles",
            "two good ones",
            HONEST + HONEST,
            expected="bytes after the pickle in f",
        ),
    ]


ATTACKS: tuple[Case, ...] = (
    *_direct_execution(),
    *_indirect_execution(),
    *_file_writes(),
    *_numpy_namespace(),
    *_process_poisoning(),
    *_nested_pickles(),
)
