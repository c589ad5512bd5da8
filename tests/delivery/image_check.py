#!/usr/bin/python3
"""The container image, run for real: image_check.py ENGINE [WORD OF `run`...], after ./dev image. Called by ./dev test-image.

The commands of docs/container.md, from the one that starts a server with a zone to the one that stops it; between them the host that they add is
updated by nsupdate and over HTTP. Then a second container on the same volume, which finds the addresses. What it starts and makes it ends and removes.
"""
import json
import os
import re
import shlex
import sys
import time

import trial

ENGINE, RUN_WORDS = sys.argv[1], sys.argv[2:]
NAME = f"homing-check-{os.getpid()}"
PATIENCE = 120
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def engine(*words, **options):
    return trial.run(ENGINE, *words, **options)


def expect(condition, what, shown=""):
    trial.expect(condition, what, "" if condition else f"{shown}\n--- the container said\n{engine('logs', NAME, check=False)}")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


class Guide:
    """The commands of docs/container.md that do not want compose: words, by what they do."""

    def __init__(self):
        lines = [shlex.split(line) for line in re.findall(r"^    (docker .*)$", read("docs", "container.md"), re.M)]
        self.commands = {" ".join(words[3:] if words[1] == "exec" else words[1:2]): words[1:] for words in lines if words[1] != "compose"}
        self.start = self.commands["run"]

    def values(self, option):
        return [self.start[i + 1] for i, word in enumerate(self.start) if word == option]

    def start_words(self, more_variables):
        """As the guide starts it, but on the machine's network, so that it is the same with every engine: there nothing has to be published, and a
        user without rights has no port below 1024."""
        words, rest = [], iter(self.start[1:-1])
        for word in rest:
            value = next(rest) if word in ("-p", "--sysctl", "--name", "-v", "-e") else None
            if word in ("-p", "--sysctl") or (word == "-e" and value.split("=")[0] in more_variables):
                continue
            words.append(word)
            if value is not None:
                words.append(NAME if word == "--name" else value.replace("homing:", NAME + ":") if word == "-v" else value)
        for variable, value in more_variables.items():
            words += ["-e", f"{variable}={value}"]
        network = [] if "--network" in RUN_WORDS else ["--network", "host"]
        return ["run", *RUN_WORDS, *network, *words, self.start[-1]]

    def run(self, what):
        """The command of this name, in our container."""
        return engine(*(NAME if word == "homing" and i == 1 else word for i, word in enumerate(self.commands[what])))


class Check:
    def __init__(self):
        self.dns, self.http, self.https = trial.free_ports(3)
        self.guide = Guide()

    def start(self):
        engine(*self.guide.start_words({"HOMING_LISTEN": f"127.0.0.1:{self.dns}", "HOMING_HTTP": f"127.0.0.1:{self.http}",
                                        "HOMING_HTTPS": f"127.0.0.1:{self.https}"}))
        deadline = time.monotonic() + PATIENCE
        while not self.dig("example.com", "SOA"):
            status = engine("inspect", "--format", "{{.State.Status}}", NAME).strip()
            if status not in ("running", "created", "configured", "initialized") or time.monotonic() > deadline:
                expect(False, f"the container is {status} and does not answer")
        expect(True, "it answers")

    def dig(self, name, rrtype):
        return trial.look_up(self.dns, name, rrtype)

    def stop(self):
        begun = time.monotonic()
        self.guide.run("stop")
        state = json.loads(engine("inspect", NAME))[0]["State"]
        expect(state["ExitCode"] == 0 and time.monotonic() - begun < 60, "SIGTERM ends it cleanly", json.dumps(state))
        engine("rm", NAME)

    def check_compose(self):
        """docker/compose.yaml starts the same as the guide's long line."""
        compose = read("docker", "compose.yaml")
        for value in self.guide.values("-e"):
            variable, _, text = value.partition("=")
            trial.expect(re.search(rf'^      {variable}: "?{re.escape(text)}"?(\s|$)', compose, re.M), f"compose.yaml has {value}", compose)
        for value in self.guide.values("-p"):
            trial.expect(re.search(rf'^      - "{value}(/tcp)?"$', compose, re.M), f"compose.yaml publishes {value}", compose)
        sysctl, number = self.guide.values("--sysctl")[0].split("=")
        for line in (f"      {sysctl}: {number}", f"      - {self.guide.values('-v')[0]}", "    read_only: true", "    cap_drop: [ALL]",
                     f"    restart: {self.guide.values('--restart')[0]}", f"    image: {self.guide.start[-1]}"):
            trial.expect(f"\n{line}\n" in compose, f"compose.yaml says '{line.strip()}'", compose)

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

    def update(self, scheme, port, password):
        return trial.run("curl", "-sS", "--insecure", "-u", f"home.example.com:{password}",
                         f"{scheme}://127.0.0.1:{port}/nic/update?hostname=home.example.com&myip=192.0.2.8,2001:db8::8")

    def check_host(self):
        said = engine("logs", NAME)
        expect("ns1.example.com. 203.0.113.5" in said and "homing host add home.example.com" in said and "hmac-sha256:admin:" in said,
               "the log says what to do next", said)
        made = self.guide.run("homing host add home.example.com")
        key = re.search(r"hmac-sha256:home\.example\.com:[A-Za-z0-9+/=]+", made)
        password = re.search(r"-u '?home\.example\.com:([^'\s]+)", made)
        expect(key and password, "a host is added by exec", made)
        trial.move(self.dns, key[0], "home.example.com", "192.0.2.7")
        expect(self.dig("home.example.com", "A") == "192.0.2.7", "nsupdate moves it")
        answer = self.update("http", self.http, password[1])
        expect(answer.startswith("good"), "HTTP moves it", answer)
        expect(self.dig("home.example.com", "A") == "192.0.2.8", "dig finds it")
        answer = self.update("https", self.https, password[1])
        expect(answer.startswith("nochg"), "and HTTPS, with a certificate of its own", answer)
        expect("answers" in self.guide.run("homing healthcheck"), "the health check says that it is well")
        status = self.guide.run("homing status")
        expect(re.search(r"example\.com\. +serial 3\b", status), "status knows the zone", status)

    def check_restart(self):
        self.stop()
        self.start()
        expect(self.dig("home.example.com", "A") == "192.0.2.8" and self.dig("home.example.com", "AAAA") == "2001:db8::8",
               "another container on the same volume finds the addresses")
        said = engine("logs", NAME)
        expect("registrar" not in said and "hmac-sha256:" not in said, "a later start is quiet", said)

    def run(self):
        self.check_compose()
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
