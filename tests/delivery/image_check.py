#!/usr/bin/python3
"""The container image, run for real: image_check.py ENGINE [WORD OF `run`...], after ./dev image. Called by ./dev test-image.

A server with a zone, a host made by exec and updated by nsupdate and over HTTP, a stop, and a second container on the same volume that finds the
addresses. What it starts and makes it ends and removes.
"""
import json
import os
import re
import socket
import subprocess
import sys
import time

ENGINE, RUN_WORDS = sys.argv[1], sys.argv[2:]
NAME = f"homing-check-{os.getpid()}"
PATIENCE = 120


def command(*words, check=True, stdin=None):
    done = subprocess.run(words, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(words)}: {done.returncode}\n{done.stdout}")
    return done.stdout


def engine(*words, **options):
    return command(ENGINE, *words, **options)


def homing(*words):
    return engine("exec", NAME, "homing", *words)


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


def say(what):
    print(f"ok    {what}", flush=True)


def expect(condition, what, shown=""):
    if not condition:
        sys.exit(f"FAIL  {what}\n{shown}\n--- the container said\n{engine('logs', NAME, check=False)}")
    say(what)


class Check:
    def __init__(self):
        self.dns, self.http, self.https = free_ports(3)

    def start(self):
        # On the machine's network, so that it is the same with every engine; there a user without rights has no port below 1024.
        network = [] if "--network" in RUN_WORDS else ["--network", "host"]
        engine("run", *RUN_WORDS, *network, "--detach", "--name", NAME, "--volume", f"{NAME}:/var/lib/homing", "--read-only", "--cap-drop", "ALL",
               "--env", "HOMING_ZONE=example.com", "--env", "HOMING_ADDRESS=203.0.113.5", "--env", f"HOMING_LISTEN=127.0.0.1:{self.dns}",
               "--env", f"HOMING_HTTP=127.0.0.1:{self.http}", "--env", f"HOMING_HTTPS=127.0.0.1:{self.https}",
               "homing:latest")
        deadline = time.monotonic() + PATIENCE
        while not self.dig("example.com", "SOA"):
            expect_running = engine("inspect", "--format", "{{.State.Status}}", NAME).strip()
            if expect_running not in ("running", "created", "configured", "initialized") or time.monotonic() > deadline:
                sys.exit(f"FAIL  the container is {expect_running} and does not answer\n{engine('logs', NAME, check=False)}")
        say("it answers")

    def dig(self, name, rrtype):
        return command("dig", "+short", "+time=2", "+tries=2", "@127.0.0.1", "-p", str(self.dns), name, rrtype, check=False).strip() \
            .replace(";; connection timed out; no servers could be reached", "").replace(f";; communications error to 127.0.0.1#{self.dns}: "
                                                                                        "connection refused", "").strip()

    def stop(self):
        begun = time.monotonic()
        engine("stop", "--time", "60", NAME)
        state = json.loads(engine("inspect", NAME))[0]["State"]
        expect(state["ExitCode"] == 0 and time.monotonic() - begun < 60, "SIGTERM ends it cleanly", json.dumps(state))
        engine("rm", NAME)

    def check_image(self):
        image = json.loads(engine("image", "inspect", "homing:latest"))[0]
        expect(image["Size"] <= 30_000_000, f"the image has {image['Size'] / 1e6:.1f} MB, of 30 allowed")
        config = image.get("Config", image)
        expect(config["User"] == "5300:5300", "it runs as a user without rights")
        expect(set(config["ExposedPorts"]) == {"53/udp", "53/tcp", "443/tcp"}, "it has ports 53 and 443")
        expect(list(config["Volumes"]) == ["/var/lib/homing"], "it has one volume")
        expect("healthcheck" in json.dumps(image), "it has a health check", json.dumps(image)[:2000])

    def check_process(self):
        pid = engine("inspect", "--format", "{{.State.Pid}}", NAME).strip()
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            status = file.read()
        expect(re.search(r"^Uid:\s+5300\s+5300", status, re.M), "the process is user 5300", status)
        expect(re.search(r"^CapEff:\s+0000000000000000$", status, re.M), "the process has no capability", status)

    def check_host(self):
        said = engine("logs", NAME)
        expect("ns1.example.com. 203.0.113.5" in said and "homing host add home.example.com" in said, "the log says what to do next", said)
        made = homing("host", "add", "home.example.com")
        key = re.search(r"hmac-sha256:home\.example\.com:[A-Za-z0-9+/=]+", made)
        password = re.search(r"-u '?home\.example\.com:([^'\s]+)", made)
        expect(key and password, "a host is added by exec", made)
        command("nsupdate", "-y", key[0], stdin=f"server 127.0.0.1 {self.dns}\nupdate add home.example.com. 60 A 192.0.2.7\nsend\n")
        expect(self.dig("home.example.com", "A") == "192.0.2.7", "nsupdate moves it")
        answer = command("curl", "-sS", "-u", f"home.example.com:{password[1]}",
                         f"http://127.0.0.1:{self.http}/nic/update?hostname=home.example.com&myip=192.0.2.8,2001:db8::8")
        expect(answer.startswith("good"), "HTTP moves it", answer)
        expect(self.dig("home.example.com", "A") == "192.0.2.8", "dig finds it")
        answer = command("curl", "-sS", "--insecure", "-u", f"home.example.com:{password[1]}",
                         f"https://127.0.0.1:{self.https}/nic/update?hostname=home.example.com&myip=192.0.2.8,2001:db8::8")
        expect(answer.startswith("nochg"), "and HTTPS, with a certificate of its own", answer)
        expect("answers" in homing("healthcheck"), "the health check says that it is well")
        status = homing("status")
        expect(re.search(r"example\.com\. +serial 3\b", status), "status knows the zone", status)

    def check_restart(self):
        self.stop()
        self.start()
        expect(self.dig("home.example.com", "A") == "192.0.2.8" and self.dig("home.example.com", "AAAA") == "2001:db8::8",
               "another container on the same volume finds the addresses")
        expect("To begin" not in engine("logs", NAME) and "registrar" not in engine("logs", NAME), "a later start is quiet")

    def run(self):
        self.check_image()
        try:
            self.start()
            self.check_process()
            self.check_host()
            self.check_restart()
            self.stop()
        finally:
            engine("rm", "--force", NAME, check=False)
            engine("volume", "rm", "--force", NAME, check=False)
        print("the image works")


Check().run()
