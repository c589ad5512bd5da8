"""What the trials of the image and of the package share: commands that end, free ports, and what is said of each thing tried."""
import socket
import subprocess
import sys

PATIENCE = 900


def run(*words, check=True, stdin=None):
    """What it printed; ends the trial where it fails."""
    done = subprocess.run(words, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    if check and done.returncode != 0:
        sys.exit(f"FAIL  {' '.join(words)}: {done.returncode}\n{done.stdout}")
    return done.stdout


def expect(condition, what, shown=""):
    if not condition:
        sys.exit(f"FAIL  {what}\n{shown}")
    print(f"ok    {what}", flush=True)


def free_ports(count):
    """Free for UDP and TCP at this moment."""
    ports = []
    while len(ports) < count:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
                ports.append(tcp.getsockname()[1])
            except OSError:
                pass
    return ports


def look_up(port, name, rrtype):
    """The answer of 127.0.0.1, a record a line; empty where there is none."""
    said = run("dig", "+short", "+time=2", "+tries=2", "@127.0.0.1", "-p", str(port), name, rrtype, check=False)
    return "\n".join(line for line in said.splitlines() if line and not line.startswith(";"))


def move(port, key, name, address):
    """By nsupdate, with the key in one word."""
    run("nsupdate", "-y", key, stdin=f"server 127.0.0.1 {port}\nupdate add {name}. 60 A {address}\nsend\n")
