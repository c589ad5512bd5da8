#!/usr/bin/python3
"""The rules of the house that a compiler does not check.

What stands at the top, which folder may include which, where each library from outside may show itself, that no test
sleeps, that headers say what they are for, how long files may be. `faults(root)` returns sentences; the first class below
breaks each rule on purpose, the second holds the repository to all of them.
"""

import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each folder may include besides itself.
VISIBLE = {
    "dns": set(),
    "zone": {"dns"},
    "storage": {"dns", "zone"},
    "update": {"dns", "zone", "storage"},
    "agent": {"dns"},
    "server": {"dns", "zone", "storage", "update", "agent"},
}

# What may stand at the top of the repository: the house, and the small files that tools look for there.
TOP = {*VISIBLE, "docs", "tests", "docker", "packaging", "CMakeLists.txt", "README.md", "LICENSE", "dev"}
TOOLS = {
    "CMakePresets.json", ".ci", ".clang-format", ".clang-tidy", ".clangd", ".dockerignore", ".editorconfig",
    ".gitattributes", ".gitignore",
}

# A library from outside -> the files that may include it.
ROOMS = {
    r"ldns/": r"(dns/presentation|zone/zone_file|zone/dnssec/)[^/]*\.cpp",
    r"sqlite3\.h": r"storage/.*\.cpp",
    r"boost/(asio|beast)": r"server/.*",
    r"(spdlog|CLI|nlohmann|toml\+\+)/": r"server/.*",
    r"openssl/": r"(dns/keyed_hash_openssl|update/[^/]*|server/.*)\.cpp",
    r"nettle/": r"dns/keyed_hash_nettle\.cpp",
    r"boost/": r"(?!agent/).*",
}

LONG = 400  # lines; nine files in ten are shorter

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SLEEP = re.compile(r"\bsleep_(for|until)\b|\btime\.sleep\b|\b(u|nano)?sleep\s*\(|^\s*sleep\s+[\d$]", re.M)
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
EMPTY_NAME = re.compile(r"\b(?:class|struct)\s+(\w*(?:manager|handler|util|helper)s?)\b", re.I)


def sources(root, *suffixes):
    """Files of the project by suffix, relative to root, without what was built or downloaded."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") or part in ("build", "__pycache__") for part in relative.parts)
        if path.is_file() and path.suffix in suffixes and not hidden:
            yield relative


def top(root):
    """Names at the top: those that git knows, or all where it knows nothing."""
    git = ["git", "-C", root, "ls-files", "-z"]
    if (root / ".git").exists() and (known := subprocess.run(git, capture_output=True, text=True, check=False).stdout):
        return {path.split("/")[0] for path in known.split("\0") if path}
    return {path.name for path in root.iterdir()} - {".git", ".cache", "build"}


def top_faults(root):
    for name in sorted(top(root) - TOP - TOOLS):
        yield f"{name}: does not belong at the top of the repository"


def layer(path):
    """The folder whose rules a source follows: its own, or for a unit test that of what it tests."""
    parts = path.parts
    if parts[:2] == ("tests", "unit") and len(parts) > 3:
        return parts[2]
    return parts[0] if parts[0] in VISIBLE else None


def include_faults(root, path, text):
    home = layer(path)
    for match in INCLUDE.finditer(text):
        quoted, target = match[1] == '"', match[2]
        where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        folder = target.split("/")[0]
        if home and folder in VISIBLE and folder != home and folder not in VISIBLE[home]:
            yield f"{where}: {home}/ must not include {target}"
        if quoted and not (root / target).is_file():
            yield f"{where}: {target} is not a path from the top of the repository"
        if path.parts[0] == "tests":
            continue
        for library, room in ROOMS.items():
            if re.match(library, target) and not re.fullmatch(room, path.as_posix()):
                yield f"{where}: {target} is included outside its room, {room}"


def header_faults(path, text):
    lines = [line for line in text.splitlines() if line.strip()]
    if "#pragma once" not in lines[:40]:
        yield f"{path}: no #pragma once"
    if not [line for line in lines[:2] if line.startswith(("//", "/*"))]:
        yield f"{path}: a header opens with what it is for"


def text_faults(path, text):
    if path.parts[0] == "tests" and "structure" not in path.parts and SLEEP.search(text):
        yield f"{path}: a test that sleeps; wait for an event instead"
    if path.suffix in (".cpp", ".hpp"):
        for match in EMPTY_NAME.finditer(text):
            yield f"{path}: the name {match[1]} says nothing"
    if "structure" not in path.parts and (found := LEFT_OVER.search(text)):
        yield f"{path}: {found[0]}: something was left for later"


def length_faults(root, paths):
    lengths = {path: (root / path).read_text().count("\n") for path in paths}
    long = sorted((path for path in lengths if lengths[path] > LONG), key=lengths.get, reverse=True)
    if len(long) * 10 > len(lengths):
        names = ", ".join(f"{path} {lengths[path]}" for path in long)
        yield f"{len(long)} of {len(lengths)} files are longer than {LONG} lines: {names}"


def faults(root):
    found = list(top_faults(root))
    for path in sources(root, ".cpp", ".hpp", ".py", ".sh"):
        text = (root / path).read_text()
        found += text_faults(path, text)
        if path.suffix in (".cpp", ".hpp"):
            found += include_faults(root, path, text)
        if path.suffix == ".hpp" and layer(path):
            found += header_faults(path, text)
    found += length_faults(root, list(sources(root, ".cpp", ".hpp")))
    return found


class broken_rules_are_found(unittest.TestCase):
    def found_in(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return faults(root)

    def test_a_clean_tree(self):
        header = "// A name.\n#pragma once\n"
        self.assertEqual([], self.found_in({"dns/name.hpp": header, "zone/node.cpp": '#include "dns/name.hpp"\n'}))

    def test_each_broken_rule(self):
        header = "// A name.\n#pragma once\n"
        for files in (
            {"dns/a.cpp": '#include "zone/b.hpp"\n', "zone/b.hpp": header},
            {"storage/a.cpp": '#include "update/b.hpp"\n', "update/b.hpp": header},
            {"util/a.py": "\n"},
            {"notes.txt": "\n"},
            {"tests/unit/dns/a_test.cpp": '#include "update/b.hpp"\n', "update/b.hpp": header},
            {"dns/a.cpp": '#include "b.hpp"\n', "dns/b.hpp": header},
            {"dns/name.cpp": "#include <ldns/ldns.h>\n"},
            {"dns/presentation.hpp": header + "#include <ldns/ldns.h>\n"},
            {"storage/store.hpp": header + "#include <sqlite3.h>\n"},
            {"update/writer.cpp": "#include <boost/asio.hpp>\n"},
            {"zone/draft.cpp": "#include <spdlog/spdlog.h>\n"},
            {"dns/tsig.cpp": "#include <openssl/evp.h>\n"},
            {"agent/session.cpp": "#include <boost/system/result.hpp>\n"},
            {"agent/session.cpp": '#include "update/b.hpp"\n', "update/b.hpp": header},
            {"dns/a.hpp": "// A name.\n"},
            {"dns/a.hpp": "#pragma once\nint f();\n"},
            {"dns/a.cpp": "class zone_" + "manager;\n"},
            {"dns/a.cpp": "// TO" + "DO: the rest\n"},
            {"tests/unit/dns/a_test.cpp": "void f() { std::this_thread::sleep_" + "for(1s); }\n"},
            {"tests/system/a_test.py": "time.sl" + "eep(1)\n"},
            {"dns/a.cpp": "\n" * (LONG + 1)},
        ):
            with self.subTest(files):
                self.assertEqual(1, len(self.found_in(files)))


class the_repository(unittest.TestCase):
    def test_keeps_the_rules(self):
        if found := faults(ROOT):
            self.fail("\n".join(["broken rules:", *found]))


if __name__ == "__main__":
    unittest.main()
