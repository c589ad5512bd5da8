"""Sessions in documents: what stands after "$ " is run in one shell, and what follows is what it printed.

Secrets, times, ports and the like differ each time: they are taken for the same.
"""
import os
import re
import subprocess

from homing_server import PATIENCE, binary


def commands_of(text):
    """(command, what it printed) of each in the fenced blocks of a document."""
    found = []
    for block in re.findall(r"^```\n(.*?)^```$", text, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found:
                found[-1][1].append(line)
    return [(command, "\n".join(printed)) for command, printed in found]


def is_like(printed, shown):
    """The same, where a line "..." in what is shown stands for any lines, and "..." within one for anything in it."""
    lines = []
    for line in leveled(shown).splitlines():
        if line == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*".join(re.escape(part) for part in line.split("...")) + r"\n")
    return re.fullmatch("".join(lines), leveled(printed) + "\n" if printed.strip() else "") is not None


def leveled(text):
    text = re.sub(r"[A-Za-z0-9+/]{40,}={0,2}", "SECRET", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    return re.sub(r"#\d{4,5}\b", "#PORT", text).strip()


def run(command, server, directory):
    environment = {**server.environ(), "PATH": os.path.dirname(binary()) + ":" + os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", command.replace("127.0.0.1 5300", f"127.0.0.1 {server.port}").replace("-p 5300", f"-p {server.port}")], cwd=directory, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    return done.stdout
