#!/usr/bin/python3
"""The dyndns2 endpoint as the protocol's clients see it: paths, parameters, status lines, and what it refuses."""
import base64
import unittest

from http_host import HOST, HttpServer

MISTAKEN = ("good", "ok", "true", "updated", "success", "nochg")


class HttpTest(unittest.TestCase):
    arguments = ()
    hosts = ((HOST,), ("nas.example.com", "--ipv6-suffix", "::1:2:3:4"), ("other.example.com",))

    def setUp(self):
        self.server = HttpServer(self.hosts, self.arguments)
        self.addCleanup(self.server.close)
        self.server.start()

    def assert_failure(self, answer, status, *words):
        self.assertEqual((answer[0], answer[1].split()), (status, list(words)), answer)
        for mistaken in MISTAKEN:
            self.assertNotIn(mistaken, answer[1].lower())


class UpdateTest(HttpTest):
    def test_an_address_moves_and_is_served_at_once(self):
        for path in ("/nic/update", "/v2/update", "/v3/update"):
            address = f"198.51.100.{len(path)}{path[2]}".replace("n", "1").replace("i", "2")
            self.assertEqual(self.server.update(f"hostname={HOST}&myip={address}", path=path), (200, f"good {address}\n"))
            self.assertEqual(self.server.addresses(), [address])
            self.assertEqual(self.server.update(f"hostname={HOST}&myip={address}", path=path), (200, f"nochg {address}\n"))
        said = self.server.cli("history", "example.com")
        self.assertIn("home.example.com", said)
        self.assertIn("http", said)

    def test_both_families_and_one_left_alone(self):
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.1,2001:db8::1"), (200, "good 198.51.100.1,2001:db8::1\n"))
        self.assertEqual(self.server.update(f"hostname={HOST}&myipv6=2001:db8::2"), (200, "good 2001:db8::2\n"))
        self.assertEqual(self.server.addresses(), ["198.51.100.1"])
        self.assertEqual(self.server.addresses(rrtype="AAAA"), ["2001:db8::2"])
        self.assertEqual(self.server.update(f"hostname={HOST}&myipv6=delete")[0], 200)
        self.assertEqual(self.server.addresses(rrtype="AAAA"), [])
        self.assertEqual(self.server.addresses(), ["198.51.100.1"])

    def test_a_form_is_as_good_as_a_query(self):
        headers = {**self.server.basic(), "Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.server.ask("/nic/update", headers, "POST", f"hostname={HOST}&myip=198.51.100.3"), (200, "good 198.51.100.3\n"))
        self.assertEqual(self.server.ask(f"/nic/update?hostname={HOST}", headers, "POST", "myip=198.51.100.4"), (200, "good 198.51.100.4\n"))

    def test_a_prefix_moves_the_host_that_keeps_its_identifier(self):
        self.server.cli("host", "show", "nas.example.com")
        answer = self.server.update("hostname=nas.example.com&ip6lanprefix=2001:db8:7::/64", "nas.example.com")
        self.assertEqual(answer, (200, "good 2001:db8:7:0:1:2:3:4\n"))
        self.assertEqual(self.server.addresses("nas.example.com", "AAAA"), ["2001:db8:7:0:1:2:3:4"])

    def test_many_requests_on_one_connection(self):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        for n in range(1, 50):
            connection.request("GET", f"/nic/update?hostname={HOST}&myip=198.51.100.{n}", headers=self.server.basic())
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b"good 198.51.100.%d\n" % n))

    def test_requests_that_were_sent_before_the_answers_came(self):
        authorization = self.server.basic()["Authorization"]
        requests = [f"GET /nic/update?hostname={HOST}&myip=198.51.100.{n} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
                    f"{'Connection: close' if n == 20 else 'X: y'}\r\n\r\n" for n in range(1, 21)]
        came = self.server.raw("".join(requests).encode()).decode()
        self.assertEqual([line for line in came.splitlines() if line.startswith("good")], [f"good 198.51.100.{n}" for n in range(1, 21)])

    def test_http_1_0(self):
        head = f"GET /nic/update?hostname={HOST}&myip=198.51.100.9 HTTP/1.0\r\nAuthorization: {self.server.basic()['Authorization']}\r\n\r\n"
        came = self.server.raw(head.encode()).decode()
        self.assertTrue(came.startswith("HTTP/1.0 200 "), came)
        self.assertTrue(came.endswith("\r\n\r\ngood 198.51.100.9\n"), came)

    def test_a_restart_keeps_the_password(self):
        self.server.restart()
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.5"), (200, "good 198.51.100.5\n"))

    def test_a_rotated_password(self):
        before = self.server.passwords[HOST]
        self.server.cli("host", "rotate", HOST)
        now = self.server.password_of(HOST)
        self.assertNotEqual(now, before)
        for n, password in enumerate((before, now), 1):
            self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.{n}", password=password)[0], 200)
        self.server.cli("host", "rotate", HOST, "--overlap", "0")
        self.assert_failure(self.server.update(f"hostname={HOST}", password=now), 401, "badauth")
        self.server.passwords[HOST] = self.server.password_of(HOST)
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.8")[0], 200)


class RefusalTest(HttpTest):
    def test_hosts_that_are_not_there_and_hosts_of_others_are_nohost(self):
        self.assert_failure(self.server.update("hostname=none.example.com&myip=198.51.100.1"), 404, "nohost")
        self.assert_failure(self.server.update("hostname=other.example.com&myip=198.51.100.1"), 404, "nohost")
        self.assert_failure(self.server.update("hostname=www.example.com&myip=198.51.100.1"), 404, "nohost")
        self.assertEqual(self.server.update(f"hostname=none.example.com,{HOST}&myip=198.51.100.1"), (404, "nohost\ngood 198.51.100.1\n"))
        self.assertTrue(self.server.log.find("refused"), self.server.log.text())

    def test_words_for_what_is_wrong(self):
        self.assert_failure(self.server.update(""), 400, "notfqdn")
        self.assert_failure(self.server.update("hostname=home&myip=198.51.100.1"), 400, "notfqdn")
        self.assert_failure(self.server.update("hostname=" + ",".join([HOST] * 21)), 400, "numhost")
        self.assert_failure(self.server.update(f"hostname={HOST}&myip=1.2.3"), 400, "dnserr")
        for address in ("127.0.0.1", "::1", "169.254.1.1", "fe80::1"):
            self.assert_failure(self.server.update(f"hostname={HOST}&myip={address}"), 400, *"dnserr that address is".split(), *(
                "of the machine itself" if address in ("127.0.0.1", "::1") else "for one link only").split())
        self.assert_failure(self.server.ask("/nic/update", self.server.basic(), "PUT"), 405, "badagent")

    def test_wrong_passwords_and_users_that_are_not_there_look_alike(self):
        wrong = "a" * 32
        answers = [self.server.update(f"hostname={HOST}", user, wrong, source=f"127.0.0.{n}")
                   for n, user in enumerate((HOST, "none.example.com", "not a name", "www.example.com", "ns1.example.com"), 2)]
        for answer in answers:
            self.assert_failure(answer, 401, "badauth")
        self.assert_failure(self.server.ask(f"/nic/update?hostname={HOST}"), 401, "badauth")
        for header in ("Basic", "Basic !!!", "Bearer x", "Basic " + base64.b64encode(b"nocolon").decode()):
            self.assert_failure(self.server.ask(f"/nic/update?hostname={HOST}", {"Authorization": header}), 401, "badauth")

    def test_wrong_passwords_cost_their_sender_time_and_nobody_else(self):
        import time
        began = time.monotonic()
        for _ in range(5):
            self.assert_failure(self.server.update(f"hostname={HOST}", password="x", source="127.0.0.99"), 401, "badauth")
        self.assertGreater(time.monotonic() - began, 0.7)
        began = time.monotonic()
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.1")[0], 200)
        self.assertLess(time.monotonic() - began, 10)

    def test_the_password_as_a_parameter_is_not_taken(self):
        query = f"hostname={HOST}&myip=198.51.100.1&username={HOST}&password={self.server.passwords[HOST]}"
        self.assert_failure(self.server.ask(f"/nic/update?{query}"), 401, "badauth")

    def test_a_forwarding_header_from_anybody_is_not_believed(self):
        self.assertEqual(self.server.ask("/ip", {"X-Forwarded-For": "203.0.113.9"}), (200, "127.0.0.1\n"))
        answer = self.server.update(f"hostname={HOST}", headers={"X-Forwarded-For": "203.0.113.9"})
        self.assertEqual((answer[0], answer[1][:28]), (400, "dnserr that address is of th"))

    def test_a_removed_host(self):
        self.server.cli("host", "remove", HOST)
        self.assert_failure(self.server.update(f"hostname={HOST}"), 401, "badauth")

    def test_other_paths(self):
        self.assertEqual(self.server.ask("/healthz")[0], 200)
        self.assertEqual(self.server.ask("/ip", source="127.0.0.42"), (200, "127.0.0.42\n"))
        for target in ("/", "/nic", "/nic/update/", "/NIC/UPDATE", "/nic/update%00", "//nic/update", "*"):
            self.assertEqual(self.server.ask(target, self.server.basic())[0], 404, target)
        self.assertEqual(self.server.ask("/ip", method="DELETE")[0], 405)


class ProxyTest(HttpTest):
    arguments = ("--http-proxy", "127.0.0.1", "--http-proxy", "10.0.0.0/8", "--http-query-password")

    def test_the_client_is_whom_the_nearest_proxy_names(self):
        for header, client in (("203.0.113.9", "203.0.113.9"), ("1.2.3.4, 203.0.113.10", "203.0.113.10"),
                               ("1.2.3.4,203.0.113.11, 10.1.2.3", "203.0.113.11"), ("2001:db8::9", "2001:db8::9"),
                               ("203.0.113.12:5678", "203.0.113.12"), ("[2001:db8::a]:5678, 10.1.2.3:80", "2001:db8::a")):
            answer = self.server.update(f"hostname={HOST}", headers={"X-Forwarded-For": header})
            self.assertEqual(answer, (200, f"good {client}\n"), header)
            self.assertEqual(self.server.ask("/ip", {"X-Forwarded-For": header}), (200, client + "\n"))

    def test_a_proxy_that_does_not_say_needs_an_address(self):
        self.assert_failure(self.server.update(f"hostname={HOST}"), 400, "dnserr")
        self.assert_failure(self.server.update(f"hostname={HOST}", headers={"X-Forwarded-For": "unknown"}), 400, "dnserr")
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.1")[0], 200)

    def test_the_password_as_a_parameter(self):
        query = f"hostname={HOST}&myip=198.51.100.1&username={HOST}&password={self.server.passwords[HOST]}"
        self.assertEqual(self.server.ask(f"/nic/update?{query}"), (200, "good 198.51.100.1\n"))


class LeaseTest(HttpTest):
    hosts = ((HOST, "--expire", "3"),)

    def test_a_lease_runs_out_and_the_next_update_begins_it_again(self):
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.1")[1], "good 198.51.100.1\n")
        self.server.log.wait_for("lapsed")
        self.assertEqual(self.server.addresses(), [])
        self.assertIn("lease", self.server.cli("history", "example.com"))
        self.assertIn("run out", self.server.cli("host", "show", HOST))
        self.assertEqual(self.server.update(f"hostname={HOST}&myip=198.51.100.1")[1], "good 198.51.100.1\n")
        self.assertEqual(self.server.addresses(), ["198.51.100.1"])


if __name__ == "__main__":
    unittest.main()
